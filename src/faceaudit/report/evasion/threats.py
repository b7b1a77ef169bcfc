"""The threat of an evasion audit: changes too small to see decide who is known."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from faceaudit.audit.declared import Declared
from faceaudit.records.evasion import KIND, SUCCESS
from faceaudit.report.evasion.runs import (
    EVADED_TABLE,
    GOALS,
    NONE,
    Run,
    at,
    evasion_runs,
    named_after,
    strongest,
)
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import counted, percent_with_interval
from faceaudit.report.plain_threat import Showing, ThreatWords, build_threat
from faceaudit.report.risk_lines import declared_lines, missing
from faceaudit.report.threats import Advice, Outcome, Risk, RiskLine, Threat, part
from faceaudit.store import CaseRecord

WORDS = ThreatWords(
    subject=KIND,
    name="Photos changed too little to see",
    broken="a photo can be changed within a small budget so that it evades the system",
    kept="no attack made photos evade the system more often than the limit allows",
    open="whether a photo can be changed within a small budget so that it evades the system",
    example="evasion.evaded(goal=impersonate) > 0.15",
    tried={"broken": "evaded", "kept": "held", "inconclusive": "not decided", "none": "no verdict"},
)


def evasion_threats(
    records: Sequence[CaseRecord], judgements: Sequence[Judgement], declared: Declared
) -> tuple[Threat, ...]:
    """Return the threat that changed photos evade."""
    runs = evasion_runs(records)
    deciding, further = part(judgements, (SUCCESS,))
    best = strongest([one for one in runs if one.goal == "impersonate"]) or strongest(runs)
    several = len({one.spec["seed"] for one in records}) > 1
    plain = all(one.mitigation == NONE for one in runs)
    return (
        build_threat(
            WORDS,
            Showing(of=_of, name=partial(_name, seeds=several), anchor=EVADED_TABLE),
            deciding,
            further,
            explanation=_explain(best),
            advice=partial(_advice, plain=plain),
            risk=_risk(best, runs, declared),
            subjects=tuple(dict.fromkeys(f"{KIND}/{one.spec['attack']['attack']}" for one in runs)),
            demonstration=bool(runs)
            and all(
                one.spec["trained_here"] and one.spec["faces"]["source"] == "synthetic"
                for one in runs
            ),
            failed="" if runs else "No photo was changed: every case failed.",
            left_out=(("Mitigations of evasion", "evasion.mitigations"),) if runs and plain else (),
        ),
    )


def _of(measure: Measure) -> str:
    return f"of changed photos {GOALS[str(measure.labels['goal'])]} ({_name(measure)})"


def _name(measure: Measure, *, seeds: bool = False) -> str:
    labels = measure.labels
    said = f"{labels['attack']}, {labels['goal']}"
    if int(labels["made_on"]) > 1:
        said += f", on {counted(int(labels['made_on']), 'network')}"
    if labels["mitigation"] != NONE:
        known = ", known to the attacker" if labels["aware"] == "true" else ""
        said += f", against {labels['mitigation']}{known}"
    said += f", before {labels['network']}, {at(float(labels['fmr']))}"
    return f"{said}, seed {labels['seed']}" if seeds else said


def _explain(best: Run | None) -> str:
    if best is None:
        return ""
    photos = counted(best.facts.photos, "photo")
    return (
        f"The attacker has the networks {', '.join(best.facts.made_on)} in hand and changes "
        f"{photos}, one a person, along their derivatives, within a budget. The changed photos are "
        "then given to systems as files. Whoever can hand in a photo, and not only stand before a "
        "camera, can do so."
    )


def _advice(outcome: Outcome, *, plain: bool) -> tuple[Advice, ...]:
    """Say what to do; each sentence follows from figures by a rule named beside it."""
    advice = []
    if outcome == "broken":
        advice.append(
            Advice(
                "Take photos from a camera of your own and from nobody's file, and keep which "
                "network you use, and its weights, to yourself: photos that were changed on "
                "another network evade less often.",
                "photos from files",
            )
        )
    if outcome == "broken" and plain:
        advice.append(
            Advice(
                "Add mitigations to the plan (evasion.mitigations) to learn what they would hold "
                "against attackers who know of them, and what they cost.",
                "no mitigation tried",
            )
        )
    if outcome == "kept":
        advice.append(
            Advice("Nothing is to be done for these attacks; others may do more.", "limit kept")
        )
    if outcome == "inconclusive":
        advice.append(
            Advice(
                "Change photos of more people (evasion.parties.attacked): intervals become "
                "narrower.",
                "wide intervals",
            )
        )
    if outcome == "none":
        advice.append(
            Advice(
                "Give more people to fix thresholds on, or write a limit on what was measured.",
                "no rate measured",
            )
        )
    return tuple(advice)


def _risk(best: Run | None, runs: Sequence[Run], declared: Declared) -> Risk:
    keys = ("use", "attempts", "protects")
    rate = None if best is None else best.best()
    fmr = None if best is None else best.lowest()
    if best is None or rate is None or fmr is None:
        return Risk(
            (missing("Photos that evade", "none was measured"),), declared_lines(declared, keys), ()
        )
    name = f"Photos that {GOALS[best.goal]} by {named_after(best, runs)}, {at(fmr)}"
    measured = RiskLine(name, percent_with_interval(rate), rate)
    return Risk((measured,), declared_lines(declared, keys), ())
