"""The threat that an identifier gives away the faces of those it knows."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.audit.declared import Declared
from faceaudit.metrics import expected_count
from faceaudit.records.inversion import KIND
from faceaudit.report.inversion.advice import identifier_advice
from faceaudit.report.inversion.case_run import strongest
from faceaudit.report.inversion.identifier_runs import (
    TABLE,
    IdentifierRun,
    identifier_runs,
)
from faceaudit.report.inversion.words import at, one_in
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import counted, percent_with_interval
from faceaudit.report.plain_threat import Showing, ThreatWords, build_threat
from faceaudit.report.risk_lines import NO_RATE, count_line, declared_lines, missing
from faceaudit.report.threats import Risk, RiskLine, Threat
from faceaudit.store import CaseRecord

WORDS = ThreatWords(
    subject=f"{KIND}/identifier",
    name="A face rebuilt from an identifier",
    broken="a face that passes as a person can be rebuilt from an identifier that knows them",
    kept="no face rebuilt from the identifier passed elsewhere more often than the limit allows",
    open="whether a face that passes elsewhere can be rebuilt from an identifier",
    example="inversion.identifier_success > 0.15",
    tried={"broken": "passed", "kept": "held", "inconclusive": "not decided", "none": "no verdict"},
)
EXPOSED = "People whose face could be rebuilt so that it passes elsewhere"


def identifier_threat(
    records: Sequence[CaseRecord],
    deciding: Sequence[Judgement],
    further: Sequence[Judgement],
    declared: Declared,
) -> Threat:
    """Return the threat of an identifier."""
    runs = identifier_runs(records)
    best = strongest(runs)
    return build_threat(
        WORDS,
        Showing(of=_of, name=_name, anchor=TABLE),
        deciding,
        further,
        explanation=_explain(best),
        advice=identifier_advice,
        risk=_risk(best, declared),
        subjects=tuple(dict.fromkeys(f"identifier_inversion/{one.name}" for one in runs)),
        demonstration=_is_demonstration(runs),
        failed="" if runs else "No face was rebuilt from an identifier: every case failed.",
    )


def _of(measure: Measure) -> str:
    labels = measure.labels
    if measure.name == "identifier_named":
        return f"of rebuilt faces are named by the identifier within rank {labels['rank']}"
    return (
        f"of rebuilt faces pass as the person before {labels['judge']}, which never saw the "
        f"identifier, {at(float(labels['fmr']))}"
    )


def _name(measure: Measure) -> str:
    labels = measure.labels
    if measure.name == "identifier_named":
        return f"{labels['attack']}: named by the identifier, rank {labels['rank']}"
    return f"{labels['attack']}: {labels['judge']}, {at(float(labels['fmr']))}"


def _explain(best: IdentifierRun | None) -> str:
    fmr = None if best is None else best.strictest()
    if best is None or fmr is None:
        return ""
    people = counted(best.facts.people, "person", "people")
    return (
        f"An identifier knows people by name. Of {people} whom it knows, a face was rebuilt by "
        "attackers who had photos of other people only, and held against photos of the person by "
        f"another network, at a threshold that lets {one_in(fmr)} in. What the identifier itself "
        "takes for a person need not look like them."
    )


def _risk(run: IdentifierRun | None, declared: Declared) -> Risk:
    keys = ("use", "people", "protects")
    rate, fmr = (None, None) if run is None else (run.success(), run.strictest())
    if run is None or rate is None or fmr is None:
        line = missing("Rebuilt faces that pass elsewhere", "none was measured")
        return Risk((line,), declared_lines(declared, keys), (missing(EXPOSED, NO_RATE),))
    name = f"Rebuilt faces that pass before {run.judge}, {at(fmr)}"
    measured = RiskLine(name, percent_with_interval(rate), rate)
    if declared.people is None:
        combined = missing(EXPOSED, "not declared; write declared: {people: ...}")
    else:
        people = counted(declared.people, "person", "people")
        combined = count_line(f"{EXPOSED}: of {people}", expected_count(rate, declared.people))
    return Risk((measured,), declared_lines(declared, keys), (combined,))


def _is_demonstration(runs: Sequence[IdentifierRun]) -> bool:
    """Return whether all people are synthetic and all networks were trained here."""
    return bool(runs) and all(
        one.facts.source == "synthetic"
        and (one.facts.backbone is None or one.facts.backbone.origin == "pretraining")
        and one.facts.judge_backbone is not None
        and one.facts.judge_backbone.origin == "pretraining"
        for one in runs
    )
