"""Measures of a linkage audit: people linked, people named, and how unlinkable scores are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.linkage import (
    D_SYS,
    KIND,
    LEAKAGE,
    LINKED,
    NAMED,
    TMR,
    TPIR,
    at_rate,
)
from faceaudit.report.linkage.runs import (
    LINKED_TABLE,
    UNLINKABILITY_TABLE,
    Run,
    linkage_runs,
)
from faceaudit.report.measures import Measure
from faceaudit.store import CaseRecord

Labels = dict[str, str | int | float]


def linkage_measures(records: Sequence[CaseRecord]) -> tuple[Measure, ...]:
    """Return the measures of all cases that did not fail; an untrained network has none."""
    found: dict[str, Measure] = {}
    for run in linkage_runs(records):
        if not run.untrained:
            # What a protection costs is measured again with each attack on it.
            found |= {one.title: one for one in _of(run) if one.title not in found}
    return tuple(found.values())


def _of(run: Run) -> Iterator[Measure]:
    labels: Labels = {
        "attack": str(run.spec["titles"]["attack"]),
        "protection": run.protection,
        "second": run.second,
        "photos": int(run.spec["photos"]),
        "network": run.network,
        "seed": int(run.spec["seed"]),
    }
    for fmr in run.fmrs:
        yield _measure(run, LINKED, {"fmr": fmr, **labels}, at_rate(LINKED, fmr), LINKED_TABLE)
    yield _measure(run, "rank1", labels, NAMED, LINKED_TABLE)
    for fpir in run.fpirs:
        yield _measure(run, NAMED, {"fpir": fpir, **labels}, at_rate(TPIR, fpir), LINKED_TABLE)
    for metric in (D_SYS, LEAKAGE):
        yield _measure(run, metric, labels, metric, UNLINKABILITY_TABLE)
    own: Labels = {key: labels[key] for key in ("protection", "network", "seed")}
    for fmr in run.fmrs:
        yield _measure(run, TMR, {"fmr": fmr, **own}, at_rate(TMR, fmr), UNLINKABILITY_TABLE)


def _measure(run: Run, name: str, labels: Labels, metric: str, anchor: str) -> Measure:
    figure = run.figure(metric)
    found = None if figure is None else figure.estimate
    return Measure(
        KIND,
        name,
        labels,
        found,
        why_none="" if found or figure is None else figure.why_none,
        cases=(run.record.id,),
        anchor=anchor,
    )
