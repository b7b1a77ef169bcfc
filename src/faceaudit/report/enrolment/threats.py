"""The threat of an enrolment audit: strangers who pass by a photo in the gallery."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.audit.declared import Declared
from faceaudit.records.enrolment import KIND, PASSED, TAKEN_OVER, TAKEN_OVER_BARE
from faceaudit.report.enrolment.advice import enrolment_advice
from faceaudit.report.enrolment.runs import (
    STRANGERS_TABLE,
    Run,
    enrolment_runs,
    named_after,
    rate,
    strongest,
)
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import counted, percent_with_interval
from faceaudit.report.plain_threat import Showing, ThreatWords, build_threat
from faceaudit.report.risk_lines import declared_lines, missing
from faceaudit.report.threats import Risk, RiskLine, Threat, part
from faceaudit.store import CaseRecord

DECIDING = (PASSED, TAKEN_OVER)
"""Measures whose limits decide."""
WORDS = ThreatWords(
    subject=KIND,
    name="Getting in by a photo in the gallery",
    broken="a poisoned photo in the gallery lets strangers in as the person on it",
    kept="no key on an enrolled photo let strangers in more often than the limit allows",
    open="whether a poisoned photo in the gallery lets strangers in",
    example="enrolment.strangers_pass > 0.15",
    tried={"broken": "opened", "kept": "held", "inconclusive": "not decided", "none": "no verdict"},
)


def enrolment_threats(
    records: Sequence[CaseRecord], judgements: Sequence[Judgement], declared: Declared
) -> tuple[Threat, ...]:
    """Return the threat that strangers pass as whoever is enrolled."""
    runs = enrolment_runs(records)
    deciding, further = part(judgements, DECIDING)
    return (
        build_threat(
            WORDS,
            Showing(of=_of, name=_name, anchor=STRANGERS_TABLE),
            deciding,
            further,
            explanation=_explain(runs),
            advice=lambda outcome: enrolment_advice(
                outcome, helps=_helps(runs), drifts=_drifts(runs)
            ),
            risk=_risk(runs, declared),
            subjects=tuple(dict.fromkeys(f"{KIND}/{one.spec['attack']['attack']}" for one in runs)),
            demonstration=bool(runs)
            and all(
                one.spec["trained_here"] and one.spec["faces"]["source"] == "synthetic"
                for one in runs
            ),
            failed="" if runs else "Nothing was enrolled: every case failed.",
            left_out=_left_out(runs),
        ),
    )


def _of(measure: Measure) -> str:
    if measure.name == TAKEN_OVER:
        return f"of attackers take a template over ({_name(measure)})"
    return f"of tries of strangers with the key pass ({_name(measure)})"


def _name(measure: Measure) -> str:
    labels = measure.labels
    said = f"{labels['attack']} on {labels['network']}, {rate(float(labels['fmr']))}"
    if labels["mitigation"] != "none":
        said += f", {labels['mitigation']}"
    return said


def _explain(runs: Sequence[Run]) -> str:
    keyed = next((one for one in runs if one.keyed), None)
    if keyed is None:
        return ""
    people = counted(keyed.facts.targets, "person", "people")
    return (
        f"One photo that is enrolled of each of {people} carries a key, such as glasses with a "
        "pattern; the network is not touched. Strangers who put the same key on are then taken for "
        "that person, by a threshold that other people fixed."
    )


def _worst(runs: Sequence[Run], mitigation: str) -> float:
    found = [
        run.passed(network, mitigation)
        for run in runs
        if run.keyed
        for network in run.facts.networks
    ]
    return max((one.value for one in found if one is not None), default=1.0)


def _helps(runs: Sequence[Run]) -> str:
    """Return the mitigation whose worst row is the lowest, where it halves what passes without."""
    titles = dict.fromkeys(one.title for run in runs if run.keyed for one in run.mitigated())
    best = min(titles, key=lambda one: _worst(runs, one), default="")
    return best if best and _worst(runs, best) <= _worst(runs, "none") / 2 else ""


def _drifts(runs: Sequence[Run]) -> bool:
    """Return whether more attackers than one in ten, and than without mixtures, take one over."""
    return any(
        figure.metric.startswith(f"{TAKEN_OVER}@")
        and figure.estimate is not None
        and figure.estimate.low > max(0.1, _bare(run, figure.metric))
        for run in runs
        for figure in run.record.figures
    )


def _bare(run: Run, metric: str) -> float:
    null = run.get(metric.replace(TAKEN_OVER, TAKEN_OVER_BARE, 1))
    return 0.0 if null is None else null.high


def _risk(runs: Sequence[Run], declared: Declared) -> Risk:
    keys = ("use", "people")
    best = strongest(runs)
    passed = None if best is None else best[0].passed(best[1])
    if best is None or passed is None:
        return Risk(
            (missing("Strangers who pass", "none was measured"),), declared_lines(declared, keys)
        )
    run, network = best
    fmr = run.lowest()
    assert fmr is not None
    name = f"Strangers who pass by {named_after(run, runs)} on {network.title}, {rate(fmr)}"
    return Risk(
        (RiskLine(name, percent_with_interval(passed), passed),), declared_lines(declared, keys)
    )


def _left_out(runs: Sequence[Run]) -> tuple[tuple[str, str], ...]:
    """Return what of the threat the plan did not ask for."""
    left = []
    if runs and all(not one.facts.networks[0].in_hand for one in runs):
        left.append(("Keys made on a network", "optimised_glasses in enrolment.attacks"))
    if runs and all(one.keyed for one in runs):
        left.append(("Templates that update themselves", "template_update_drift"))
    return tuple(left)
