"""Measures of an inversion audit: success, transfer to other networks, and who is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.identifier_inversion import JUDGE
from faceaudit.records.inversion import (
    KIND,
    PHOTO,
    TRANSFER,
    TYPE_I,
    TYPE_II,
    at_fmr,
    at_rank,
)
from faceaudit.report.inversion.identifier_runs import TABLE as IDENTIFIER
from faceaudit.report.inversion.identifier_runs import IdentifierRun, identifier_runs
from faceaudit.report.inversion.runs import (
    ATTACKS,
    NONE,
    PROTECTIONS,
    TRANSFER_TABLE,
    Run,
    template_runs,
)
from faceaudit.report.measures import Measure
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate

TYPES = {"I": TYPE_I, "II": TYPE_II}
"""What a rebuilt face is held against, as a limit spells it, and the metric."""
RANKS = (1, 5)


def inversion_measures(records: Sequence[CaseRecord]) -> tuple[Measure, ...]:
    """Return the measures of all cases that did not fail."""
    return (
        *(one for run in template_runs(records) for one in _of_templates(run)),
        *(one for run in identifier_runs(records) for one in _of_identifier(run)),
    )


def _of_templates(run: Run) -> Iterator[Measure]:
    table = ATTACKS if run.protection == NONE else PROTECTIONS
    for fmr in run.fmrs:
        real = run.get(at_fmr(TYPE_II, fmr, PHOTO))
        for name, metric in TYPES.items():
            labels = {"type": name, "fmr": fmr, **_labels(run, run.networks[0])}
            yield _measure(run, "success", labels, at_fmr(metric, fmr), table, real)
        for title in run.networks[1:]:
            real_there = run.get(at_fmr(TRANSFER, fmr, title, PHOTO))
            metric = at_fmr(TRANSFER, fmr, title)
            labels = {"fmr": fmr, **_labels(run, title)}
            yield _measure(run, "transfer", labels, metric, TRANSFER_TABLE, real_there)
    for rank in RANKS:
        labels = {"rank": rank, **_labels(run, run.networks[0])}
        yield _measure(run, "named", labels, at_rank(rank), table, run.get(at_rank(rank, PHOTO)))


def _of_identifier(run: IdentifierRun) -> Iterator[Measure]:
    labels: dict[str, str | int | float] = {
        "attack": run.attack,
        "access": run.facts.access,
        "network": run.network,
        "seed": run.seed,
    }
    for fmr in run.fmrs:
        metric = at_fmr(TRANSFER, fmr, JUDGE)
        real = run.get(at_fmr(TRANSFER, fmr, JUDGE, PHOTO))
        more = {"fmr": fmr, "judge": run.judge, **labels}
        yield _measure(run, "identifier_success", more, metric, IDENTIFIER, real)
    for rank in RANKS:
        real = run.get(at_rank(rank, PHOTO))
        more = {"rank": rank, **labels}
        yield _measure(run, "identifier_named", more, at_rank(rank), IDENTIFIER, real)


def _labels(run: Run, network: str) -> dict[str, str | int | float]:
    attack = f"{run.attack} from {run.origin}" if run.origin else run.attack
    return {
        "attack": attack,
        "access": run.facts.access,
        "protection": run.protection,
        "key": run.key,
        "network": network,
        "seed": run.seed,
    }


def _measure(
    run: Run | IdentifierRun,
    name: str,
    labels: dict[str, str | int | float],
    metric: str,
    anchor: str,
    real: Estimate | None,
) -> Measure:
    figure = run.figure(metric)
    found = None if figure is None else figure.estimate
    why = "" if found or figure is None else figure.why_none
    return Measure(
        KIND,
        name,
        labels,
        found,
        why_none=why,
        cases=(run.record.id,),
        anchor=anchor,
        accuracy=real,
    )
