"""Measures of an enrolment audit: who passes with a key, and what mitigations cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.enrolment import (
    ADAPTED,
    KIND,
    OWN,
    PASSED,
    REFUSED_CLEAN,
    REFUSED_GLASSES,
    TAKEN_OVER,
)
from faceaudit.report.enrolment.runs import (
    DRIFT_TABLE,
    MITIGATIONS_TABLE,
    STRANGERS_TABLE,
    Run,
    enrolment_runs,
)
from faceaudit.report.measures import Measure
from faceaudit.store import CaseRecord

_ANCHORS = {
    PASSED: STRANGERS_TABLE,
    OWN: STRANGERS_TABLE,
    REFUSED_CLEAN: MITIGATIONS_TABLE,
    REFUSED_GLASSES: MITIGATIONS_TABLE,
    TAKEN_OVER: DRIFT_TABLE,
}


def enrolment_measures(records: Sequence[CaseRecord]) -> tuple[Measure, ...]:
    """Return the measures of all cases that did not fail."""
    return tuple(measure for run in enrolment_runs(records) for measure in _of(run))


def _of(run: Run) -> Iterator[Measure]:
    for figure in run.record.figures:
        name, _, behind = figure.metric.partition("@fmr=")
        if name not in _ANCHORS or not behind:
            continue
        fmr, network, mitigation = behind.split(":", 2)
        yield Measure(
            KIND,
            name,
            {
                "attack": run.attack,
                "network": network,
                "mitigation": mitigation.removeprefix(f"{ADAPTED} "),
                "fmr": float(fmr),
                "seed": int(run.spec["seed"]),
            },
            figure.estimate,
            why_none="" if figure.estimate else figure.why_none,
            cases=(run.record.id,),
            anchor=_ANCHORS[name],
        )
