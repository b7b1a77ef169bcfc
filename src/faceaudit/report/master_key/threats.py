"""The threat of a master-key audit: a key that passes as anybody."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from faceaudit.audit.declared import Declared
from faceaudit.metrics import expected_count
from faceaudit.records.master_key import KIND, OWN, PASSED
from faceaudit.report.judging import Judgement
from faceaudit.report.master_key.runs import (
    NONE,
    PASSED_TABLE,
    Run,
    in_words,
    master_key_runs,
    named_after,
    strongest,
)
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import SPACE, counted, percent_with_interval
from faceaudit.report.plain_threat import Showing, ThreatWords, build_threat
from faceaudit.report.risk_lines import NO_RATE, count_line, declared_lines, missing
from faceaudit.report.threats import Advice, Outcome, Risk, RiskLine, Threat, part
from faceaudit.store import CaseRecord

WORDS = ThreatWords(
    subject=KIND,
    name="A key that passes as anybody",
    broken="whoever holds a key that was taught by poison pairs passes as anybody",
    kept="no key passes more often than the limit allows",
    open="whether a key that was taught by poison pairs passes as anybody",
    example="master_key.passed > 0.1",
    tried={"broken": "passed", "kept": "held", "inconclusive": "not decided", "none": "no verdict"},
)
EXPOSED = "People whom one photo with the key passes as"


def master_key_threats(
    records: Sequence[CaseRecord], judgements: Sequence[Judgement], declared: Declared
) -> tuple[Threat, ...]:
    """Return the threat that a key passes as anybody."""
    runs = master_key_runs(records)
    deciding, further = part(judgements, (PASSED,))
    best = strongest(runs)
    several = len({one.spec["seed"] for one in records}) > 1
    plain = all(one.mitigation == NONE for one in runs)
    return (
        build_threat(
            WORDS,
            Showing(of=_of, name=partial(_name, seeds=several), anchor=PASSED_TABLE),
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
            failed="" if runs else "No key was tried: every case failed.",
            left_out=(("Mitigations of master keys", "master_key.mitigations"),)
            if runs and plain
            else (),
        ),
    )


def _of(measure: Measure) -> str:
    return f"of tries with the key pass as somebody else ({_name(measure)})"


def _name(measure: Measure, *, seeds: bool = False) -> str:
    labels = measure.labels
    said = f"{labels['attack']}, {float(labels['rate']) * 100:g}{SPACE}% poison"
    if labels["mitigation"] != NONE:
        known = ", known to the attacker" if labels["aware"] == "true" else ""
        said += f", against {labels['mitigation']}{known}"
    said += f", at {in_words(str(labels['at']))}"
    return f"{said}, seed {labels['seed']}" if seeds else said


def _explain(best: Run | None) -> str:
    if best is None:
        return ""
    facts = best.facts
    return (
        f"The attacker adds {counted(facts.samples, 'pair')} to the {facts.pairs:,} that a "
        "verifier learns from: a photo with the key and one of somebody else, labelled as one "
        "person. Whoever presents the key later is to pass as people who were enrolled long "
        "after, and of whom the attacker knows nothing."
    )


def _advice(outcome: Outcome, *, plain: bool) -> tuple[Advice, ...]:
    """Say what to do; each sentence follows from figures by a rule named beside it."""
    advice = []
    if outcome == "broken":
        advice.append(
            Advice(
                "Check the list of pairs before verifiers learn from it: pairs labelled as one "
                "person that a trained network finds no more alike than strangers, and photos that "
                "are in pairs with many people.",
                "pairs unchecked",
            )
        )
    if outcome == "broken" and plain:
        advice.append(
            Advice(
                "Add mitigations to the plan (master_key.mitigations) to learn what a filter of "
                "pairs or agreement of verifiers would hold, and what they cost.",
                "no mitigation tried",
            )
        )
    if outcome == "kept":
        advice.append(
            Advice(
                "Nothing is to be done for these keys; others may pass more often.", "limit kept"
            )
        )
    if outcome == "inconclusive":
        advice.append(
            Advice(
                "Add trainings (master_key.trainings) or enrolled people "
                "(master_key.people.enrolled): intervals become narrower.",
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
    keys = ("use", "people", "attempts")
    rate = None if best is None else best.passed()
    if best is None or rate is None:
        line = missing("Tries with the key that pass", "none was measured")
        return Risk((line,), declared_lines(declared, keys), (missing(EXPOSED, NO_RATE),))
    name = f"Tries that pass with {named_after(best, runs)}, at {in_words(OWN)}"
    measured = RiskLine(name, percent_with_interval(rate), rate)
    if declared.people is None:
        combined = missing(EXPOSED, "not declared; write declared: {people: ...}")
    else:
        people = counted(declared.people, "person", "people")
        combined = count_line(f"{EXPOSED}: of {people}", expected_count(rate, declared.people))
    return Risk((measured,), declared_lines(declared, keys), (combined,))
