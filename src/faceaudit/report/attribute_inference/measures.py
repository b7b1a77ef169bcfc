"""Measures of an audit of attribute inference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.attribute_inference import (
    AUC,
    EXCESS,
    KIND,
    TMR,
    TMR_CHANGE,
    at_rate,
    of_attempt,
)
from faceaudit.report.attribute_inference.runs import COST, MAIN, MITIGATED, NONE, Run, arrange
from faceaudit.report.measures import Measure
from faceaudit.store import CaseRecord

OF_ATTEMPTS = {"auc": AUC, "excess": EXCESS}
OF_COST = {"tmr": TMR, "tmr_change": TMR_CHANGE}


def attribute_measures(records: Sequence[CaseRecord]) -> tuple[Measure, ...]:
    """Return the measures of all cases that did not fail."""
    return tuple(one for run in arrange(records) for one in _of_run(run))


def _of_run(run: Run) -> Iterator[Measure]:
    whose: dict[str, str | int | float] = {
        "mitigation": run.mitigation,
        "network": run.network,
        "seed": run.seed,
    }
    for one in run.attempts():
        if one.people > run.facts.labelled_people:
            continue  # it was not made, and `check` said so
        labels: dict[str, str | int | float] = {
            "attribute": one.attribute,
            "attack": one.attack,
            "people": one.people,
            **whose,
        }
        anchor = MAIN if run.mitigation == NONE else MITIGATED
        for name, metric in OF_ATTEMPTS.items():
            yield _measure(run, name, of_attempt(metric, one.key), labels, anchor)
    for fmr in run.fmrs:
        for name, metric in OF_COST.items():
            yield _measure(run, name, at_rate(metric, fmr), {"fmr": fmr, **whose}, COST)


def _measure(
    run: Run, name: str, metric: str, labels: dict[str, str | int | float], anchor: str
) -> Measure:
    figure = run.figure(metric)
    found = None if figure is None else figure.estimate
    why = "" if found or figure is None else figure.why_none
    return Measure(KIND, name, labels, found, why_none=why, cases=(run.record.id,), anchor=anchor)
