"""Measures of an evasion audit: photos that evade, and what mitigations cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.evasion import KIND, SUCCESS, TMR, evaded_at
from faceaudit.report.evasion.runs import COST_TABLE, EVADED_TABLE, Run, evasion_runs
from faceaudit.report.measures import Measure
from faceaudit.store import CaseRecord

Labels = dict[str, str | int | float]


def evasion_measures(records: Sequence[CaseRecord]) -> tuple[Measure, ...]:
    """Return the measures of all cases that did not fail."""
    found: dict[str, Measure] = {}
    for run in evasion_runs(records):
        # What a mitigation costs is measured again with each attack.
        found |= {one.title: one for one in _of(run) if one.title not in found}
    return tuple(found.values())


def _of(run: Run) -> Iterator[Measure]:
    spec = run.spec
    labels: Labels = {
        "attack": str(spec["titles"]["attack"]),
        "goal": run.goal,
        "mitigation": run.mitigation,
        "aware": str(run.aware).lower(),
        "made_on": int(spec["made_on"]),
        "seed": int(spec["seed"]),
    }
    own: Labels = {key: labels[key] for key in ("mitigation", "seed")}
    for on in run.facts.systems:
        for fmr in run.fmrs:
            where: Labels = {"network": on, "fmr": fmr}
            metric = evaded_at(SUCCESS, fmr, on)
            yield _measure(run, SUCCESS, labels | where, metric, EVADED_TABLE)
            yield _measure(run, TMR, own | where, evaded_at(TMR, fmr, on), COST_TABLE)


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
