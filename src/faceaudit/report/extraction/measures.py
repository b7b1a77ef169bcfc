"""Measures of an extraction audit: agreement, what it is above, and what a copy is good for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.extraction import (
    AGREEMENT,
    COPIED,
    IMPERSONATION,
    INVERSION,
    KIND,
    OVER_PRIOR,
    OVER_TRUTH,
)
from faceaudit.report.extraction.copies import Copied, Copies, arrange
from faceaudit.report.measures import Measure
from faceaudit.store import CaseRecord

METRICS = {
    "agreement": AGREEMENT,
    "copied": COPIED,
    "over_prior": OVER_PRIOR,
    "over_true_labels": OVER_TRUTH,
    "impersonation": IMPERSONATION,
    "inversion": INVERSION,
}
"""Measures, and the metric of each."""
ALWAYS = ("agreement", "copied")
"""Measures of every copy: where one has no figure, a limit on it is not kept."""


def extraction_measures(records: Sequence[CaseRecord]) -> tuple[Measure, ...]:
    """Return the measures of all copies."""
    return tuple(
        measure
        for victim in arrange(records)
        for one in victim.copies
        for measure in _of_copies(victim, one)
    )


def _of_copies(victim: Copied, one: Copies) -> Iterator[Measure]:
    for name, metric in METRICS.items():
        figure = one.figure(metric)
        if figure is None or (figure.estimate is None and name not in ALWAYS):
            continue
        yield Measure(
            KIND,
            name,
            one.labels,
            figure.estimate,
            why_none=figure.why_none,
            cases=tuple(record.id for record in one.records),
            anchor=victim.anchor,
        )
