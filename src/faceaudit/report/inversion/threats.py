"""The threats of an inversion audit: faces from stolen templates, and from an identifier."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.audit.declared import Declared
from faceaudit.records.inversion import KIND
from faceaudit.report.inversion.advice import template_advice
from faceaudit.report.inversion.case_run import strongest
from faceaudit.report.inversion.identifier_threat import identifier_threat
from faceaudit.report.inversion.risk import template_risk
from faceaudit.report.inversion.runs import (
    ATTACKS,
    KEYS,
    NONE,
    Run,
    template_runs,
    unprotected,
)
from faceaudit.report.inversion.words import at, one_in
from faceaudit.report.judging import Judgement, verdict
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import counted
from faceaudit.report.plain_threat import Showing, ThreatWords, build_threat
from faceaudit.report.threats import Threat, part
from faceaudit.store import CaseRecord

OF_IDENTIFIERS = ("identifier_success", "identifier_named")
"""Measures whose limits decide about an identifier."""
OF_TEMPLATES = ("success", "transfer", "named")
"""Measures whose limits decide about templates."""
TEMPLATE_WORDS = ThreatWords(
    subject=f"{KIND}/template",
    name="A face rebuilt from a stolen template",
    broken="a face that passes as a person can be rebuilt from their stolen template",
    kept="no face rebuilt from a stolen template passed more often than the limit allows",
    open="whether a face that passes can be rebuilt from a stolen template",
    example="inversion.success(type=II) > 0.15",
    tried={"broken": "passed", "kept": "held", "inconclusive": "not decided", "none": "no verdict"},
)


def inversion_threats(
    records: Sequence[CaseRecord], judgements: Sequence[Judgement], declared: Declared
) -> tuple[Threat, ...]:
    """Return the threat of stolen templates and that of an identifier, as the plan asks for."""
    of_templates, others = part(judgements, OF_TEMPLATES)
    of_identifier, further = part(others, OF_IDENTIFIERS)
    asked = {str(record.spec["part"]) for record in records}
    threats = []
    if "template" in asked:
        threats.append(_template_threat(records, of_templates, further, declared))
    if "identifier" in asked:
        rest = () if threats else further
        threats.append(identifier_threat(records, of_identifier, rest, declared))
    return tuple(threats)


def _template_threat(
    records: Sequence[CaseRecord],
    deciding: Sequence[Judgement],
    further: Sequence[Judgement],
    declared: Declared,
) -> Threat:
    runs = template_runs(records)
    plain = unprotected(runs)
    best = strongest(plain) or strongest(runs)
    return build_threat(
        TEMPLATE_WORDS,
        Showing(of=_of, name=_name, anchor=ATTACKS),
        deciding,
        further,
        explanation=_explain(best),
        advice=lambda outcome: template_advice(
            outcome,
            unprotected=len(plain) == len(runs),
            key_helps=_key_helps(runs, deciding),
        ),
        risk=template_risk(best, declared),
        subjects=_subjects(runs),
        demonstration=_is_demonstration(runs),
        failed="" if runs else "No face was rebuilt from a template: every case failed.",
        left_out=_left_out(runs),
    )


def _of(measure: Measure) -> str:
    """Say what a measure is a share of."""
    labels = measure.labels
    before = f"before {labels['network']}"
    if measure.name == "named":
        return f"of rebuilt faces are searched for {before} and named within rank {labels['rank']}"
    against = "another photo" if labels.get("type", "II") == "II" else "the stolen photo"
    return f"of rebuilt faces pass as the person {before}, held against {against}, {_at(measure)}"


def _name(measure: Measure) -> str:
    """Say what was tried."""
    labels = measure.labels
    said = str(labels["attack"])
    if labels["protection"] != NONE:
        said += f" on {labels['protection']}{KEYS.get(str(labels['key']), '')}"
    what = f"rank {labels['rank']}" if measure.name == "named" else _at(measure)
    kind = f"type {labels['type']}, " if "type" in labels else ""
    return f"{said}: {labels['network']}, {kind}{what}"


def _at(measure: Measure) -> str:
    return at(float(measure.labels["fmr"]))


def _explain(best: Run | None) -> str:
    if best is None:
        return ""
    fmr = best.strictest()
    assert fmr is not None
    people = counted(best.facts.people, "person", "people")
    return (
        f"Templates of {people} were taken as stolen, and a face was rebuilt from each by "
        "attackers who had photos of other people only. The face was "
        "then held against another photo of the person, at a threshold that lets "
        f"{one_in(fmr)} in. A face, other than a password, cannot be changed once it is known."
    )


def _key_helps(runs: Sequence[Run], deciding: Sequence[Judgement]) -> bool:
    """Return whether limits on success are kept by what has secret keys, and broken otherwise."""
    by_key: dict[str, set[str]] = {}
    for judgement in deciding:
        for one in judgement.measures:
            if one.name == "success":
                by_key.setdefault(str(one.labels["key"]), set()).add(verdict(judgement.limit, one))
    others = by_key.get("known", set()) | by_key.get("none", set())
    return bool(runs) and by_key.get("secret") == {"kept"} and "broken" in others


def _subjects(runs: Sequence[Run]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"template_inversion/{one.name}" for one in runs))


def _is_demonstration(runs: Sequence[Run]) -> bool:
    """Return whether all people are synthetic and all networks were trained here."""
    return bool(runs) and all(
        one.facts.source == "synthetic"
        and all(
            each.backbone is not None and each.backbone.origin == "pretraining"
            for each in one.facts.networks
        )
        for one in runs
    )


def _left_out(runs: Sequence[Run]) -> tuple[tuple[str, str], ...]:
    """Return what of the threat the plan did not ask for."""
    left = []
    if runs and len(runs[0].networks) == 1:
        left.append(
            ("Rebuilt faces before other networks", "a second network in inversion.embedders")
        )
    if runs and all(one.protection == NONE for one in runs):
        left.append(("Protected templates", "inversion.protections"))
    return tuple(left)
