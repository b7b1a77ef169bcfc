"""The threat of a master-face audit: a few faces that pass as many people."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from faceaudit.audit.declared import Declared
from faceaudit.metrics import expected_count
from faceaudit.records.master_face import COVERED, KIND
from faceaudit.report.judging import Judgement
from faceaudit.report.master_face.runs import (
    COVERED_TABLE,
    NONE,
    Run,
    at,
    master_face_runs,
    named_after,
    strongest,
)
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import counted, percent_with_interval
from faceaudit.report.plain_threat import Showing, ThreatWords, build_threat
from faceaudit.report.risk_lines import NO_RATE, count_line, declared_lines, missing
from faceaudit.report.threats import Advice, Outcome, Risk, RiskLine, Threat, part
from faceaudit.store import CaseRecord

WORDS = ThreatWords(
    subject=KIND,
    name="A few faces that pass as many people",
    broken="a few faces pass as many people who are enrolled",
    kept="no search found faces that pass as more people than the limit allows",
    open="whether a few faces pass as many people who are enrolled",
    example="master_face.covered > 0.1",
    tried={"broken": "passed", "kept": "held", "inconclusive": "not decided", "none": "no verdict"},
)
EXPOSED = "People passed as, if all faces are tried on everybody"


def master_face_threats(
    records: Sequence[CaseRecord], judgements: Sequence[Judgement], declared: Declared
) -> tuple[Threat, ...]:
    """Return the threat that a few faces pass as many."""
    runs = master_face_runs(records)
    deciding, further = part(judgements, (COVERED,))
    best = strongest(runs)
    several = len({one.spec["seed"] for one in records}) > 1
    plain = all(one.mitigation == NONE for one in runs)
    return (
        build_threat(
            WORDS,
            Showing(of=_of, name=partial(_name, seeds=several), anchor=COVERED_TABLE),
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
            failed="" if runs else "No face was made: every case failed.",
            left_out=(("Mitigations of master faces", "master_face.mitigations"),)
            if runs and plain
            else (),
        ),
    )


def _of(measure: Measure) -> str:
    labels = measure.labels
    faces = counted(int(labels["faces"]), "face")
    return f"of enrolled people are passed as by {faces} ({_name(measure)})"


def _name(measure: Measure, *, seeds: bool = False) -> str:
    labels = measure.labels
    said = f"{labels['attack']}, {counted(int(labels['faces']), 'face')}"
    if labels["mitigation"] != NONE:
        known = ", known to the attacker" if labels["aware"] == "true" else ""
        said += f", against {labels['mitigation']}{known}"
    said += f", before {labels['network']}, {at(float(labels['fmr']))}"
    return f"{said}, seed {labels['seed']}" if seeds else said


def _explain(best: Run | None) -> str:
    if best is None:
        return ""
    facts = best.facts
    return (
        f"The attacker uses {counted(facts.known, 'person', 'people')} of their own to make a few "
        f"faces, and tries each on {counted(facts.attacked, 'other person', 'other people')} who "
        "are enrolled. Any false match rate lets some through; faces that pass as many more than "
        "that let somebody in who knows nobody who is enrolled."
    )


def _advice(outcome: Outcome, *, plain: bool) -> tuple[Advice, ...]:
    """Say what to do; each sentence follows from figures by a rule named beside it."""
    advice = []
    if outcome == "broken":
        advice.append(
            Advice(
                "Let a face be tried on few people: count failed tries by camera and by face, not "
                "by account alone, and ask for something beside the face.",
                "many by few",
            )
        )
    if outcome == "broken" and plain:
        advice.append(
            Advice(
                "Add mitigations to the plan (master_face.mitigations) to learn what agreement of "
                "networks or several enrolled photos would hold, and what they cost.",
                "no mitigation tried",
            )
        )
    if outcome == "kept":
        advice.append(
            Advice("Nothing is to be done for these searches; others may find more.", "limit kept")
        )
    if outcome == "inconclusive":
        advice.append(
            Advice(
                "Enrol more people (master_face.parties.attacked): intervals become narrower.",
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
    rate = None if best is None else best.best()
    if best is None or rate is None:
        line = missing("People passed as", "none was measured")
        return Risk((line,), declared_lines(declared, keys), (missing(EXPOSED, NO_RATE),))
    fmr = best.lowest()
    assert fmr is not None
    faces = counted(best.counts[-1], "face")
    name = f"People passed as with {faces} by {named_after(best, runs)}, {at(fmr)}"
    measured = RiskLine(name, percent_with_interval(rate), rate)
    if declared.people is None:
        combined = missing(EXPOSED, "not declared; write declared: {people: ...}")
    else:
        people = counted(declared.people, "person", "people")
        combined = count_line(f"{EXPOSED}: of {people}", expected_count(rate, declared.people))
    return Risk((measured,), declared_lines(declared, keys), (combined,))
