"""Measures of a master-key audit: who passes with the key, and what is still accepted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.master_key import FMR, KIND, PASSED, TMR, at
from faceaudit.report.master_key.runs import COST_TABLE, PASSED_TABLE, Run, master_key_runs
from faceaudit.report.measures import Measure
from faceaudit.store import CaseRecord

Labels = dict[str, str | int | float]
_ANCHORS = {PASSED: PASSED_TABLE, TMR: COST_TABLE, FMR: COST_TABLE}


def master_key_measures(records: Sequence[CaseRecord]) -> tuple[Measure, ...]:
    """Return the measures of all cases that did not fail."""
    return tuple(one for run in master_key_runs(records) for one in _of(run))


def _of(run: Run) -> Iterator[Measure]:
    spec = run.spec
    labels: Labels = {
        "attack": str(spec["titles"]["attack"]),
        "rate": float(spec["rate"]),
        "mitigation": run.mitigation,
        "aware": str(run.aware).lower(),
        "seed": int(spec["seed"]),
    }
    for point in run.points:
        for name, anchor in _ANCHORS.items():
            figure = run.figure(at(name, point))
            found = None if figure is None else figure.estimate
            yield Measure(
                KIND,
                name,
                labels | {"at": point},
                found,
                why_none="" if found or figure is None else figure.why_none,
                cases=(run.record.id,),
                anchor=anchor,
            )
