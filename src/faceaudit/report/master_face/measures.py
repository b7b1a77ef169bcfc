"""Measures of a master-face audit: people passed as, and what mitigations cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.master_face import COVERED, KIND, TMR, accepted_at, covered_at
from faceaudit.report.master_face.runs import COST_TABLE, COVERED_TABLE, Run, master_face_runs
from faceaudit.report.measures import Measure
from faceaudit.store import CaseRecord

Labels = dict[str, str | int | float]


def master_face_measures(records: Sequence[CaseRecord]) -> tuple[Measure, ...]:
    """Return the measures of all cases that did not fail."""
    found: dict[str, Measure] = {}
    for run in master_face_runs(records):
        # What a mitigation costs is measured again with each search.
        found |= {one.title: one for one in _of(run) if one.title not in found}
    return tuple(found.values())


def _of(run: Run) -> Iterator[Measure]:
    spec = run.spec
    labels: Labels = {
        "attack": str(spec["titles"]["attack"]),
        "mitigation": run.mitigation,
        "aware": str(run.aware).lower(),
        "made_on": int(spec["made_on"]),
        "seed": int(spec["seed"]),
    }
    for on in run.facts.systems:
        for fmr in run.fmrs:
            for faces in run.counts:
                where: Labels = {"network": on, "faces": faces, "fmr": fmr}
                metric = covered_at(COVERED, fmr, faces, on)
                yield _measure(run, COVERED, labels | where, metric, COVERED_TABLE)
            own: Labels = {key: labels[key] for key in ("mitigation", "seed")}
            own |= {"network": on, "fmr": fmr}
            yield _measure(run, TMR, own, accepted_at(fmr, on), COST_TABLE)


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
