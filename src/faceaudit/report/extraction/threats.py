"""The threat of an extraction audit: that a system can be copied by asking it."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.audit.declared import Declared
from faceaudit.records.extraction import AGREEMENT, IMPERSONATION, KIND, Role
from faceaudit.report.extraction.advice import advice
from faceaudit.report.extraction.copies import Copied, Copies, arrange
from faceaudit.report.extraction.words import ATTACKS, VICTIMS
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.names import in_words
from faceaudit.report.numbers import SPACE, percent_with_interval
from faceaudit.report.plain_threat import Showing, ThreatWords, build_threat
from faceaudit.report.risk_lines import declared_lines, missing, openings, openings_a_day_missing
from faceaudit.report.threats import Risk, RiskLine, Threat, part
from faceaudit.store import CaseRecord

DECIDING = ("copied", "agreement", "over_prior", "over_true_labels")
"""Measures whose limits decide the verdict."""
ROLES: tuple[Role, ...] = ("identifier", "verifier", "embedder")
WORDS = ThreatWords(
    subject=KIND,
    name="Being copied by whoever may ask",
    broken="whoever may ask the system can build a copy that decides as it does",
    kept="no copy decided as the system does more often than the limit allows",
    open="whether whoever may ask the system can build a copy of it",
    example="extraction.copied > 0.5",
    tried={"broken": "copied", "kept": "held", "inconclusive": "not decided", "none": "no verdict"},
)


def extraction_threats(
    records: Sequence[CaseRecord], judgements: Sequence[Judgement], declared: Declared
) -> tuple[Threat, ...]:
    """Return the one threat of the kind."""
    victims = arrange(records)
    deciding, further = part(judgements, DECIDING)
    bound = next((one.limit.bound for one in deciding if one.limit.name == "copied"), None)
    copies = [one for victim in victims for one in victim.copies]
    return (
        build_threat(
            WORDS,
            Showing(_of, _name, KIND),
            deciding,
            further,
            explanation=(
                "The system was asked about the attacker's own photos, and a network learned from "
                "its answers. Copy and system were then shown the same photos, which were never "
                "asked about. A copy can be attacked at leisure, without anybody who counts "
                "questions: to find a photo that the system takes for somebody else, or a face "
                "that it knows."
            ),
            advice=lambda outcome: advice(outcome, victims, bound),
            risk=_risk(victims, declared),
            subjects=_subjects(copies),
            demonstration=bool(copies) and all(one.facts.demonstration for one in copies),
            failed="" if copies else "Nothing was copied: every case failed.",
            left_out=tuple(_left_out(copies)),
        ),
    )


def _subjects(copies: Sequence[Copies]) -> tuple[str, ...]:
    """Return what identifiers are looked up by: attacks, and what was tried against them."""
    attacks = dict.fromkeys(f"{KIND}/{one.facts.attack}" for one in copies)
    rounded = any(one.facts.decimals is not None for one in copies)
    labels = any(one.facts.access == "labels" for one in copies)
    limited = len({one.budget for one in copies}) > 1
    tried = {"rounding": rounded, "labels_only": labels, "query_limit": limited}
    return (*attacks, *(f"{KIND}_mitigation/{name}" for name, was in tried.items() if was))


def _of(measure: Measure) -> str:
    """Say what a measure is a share of."""
    whom = _whom(measure)
    if measure.name == "agreement":
        return f"of decisions are the same, {whom}"
    if measure.name == "copied":
        return f"of the decisions that guessing misses are the same, {whom}"
    than = {"over_prior": "guessing", "over_true_labels": "what true labels teach"}[measure.name]
    return f"of decisions more are the same than by {than}, {whom}"


def _whom(measure: Measure) -> str:
    labels = measure.labels
    attack = in_words(str(labels["attack"]).partition("-")[0], ATTACKS)
    victim = VICTIMS[str(labels["victim"])].lower()
    return f"{attack}, {victim}, {int(labels['budget']):,} queries"


def _name(measure: Measure) -> str:
    """Say what was tried."""
    labels = measure.labels
    said = f"{_whom(measure)}, photos of {labels['asked']}"
    if labels["decimals"] != "all":
        said += f", {labels['decimals']} decimals"
    return said if measure.name == "copied" else f"{said}: {measure.name.replace('_', ' ')}"


def _risk(victims: Sequence[Copied], declared: Declared) -> Risk:
    measured: list[RiskLine] = []
    combined: list[RiskLine] = []
    for victim in victims:
        best = victim.lead
        found = best.get(AGREEMENT)
        if found is not None:
            name = f"{victim.title}, {victim.asked}, {best.budget:,} queries: decides as it does"
            measured.append(RiskLine(name, percent_with_interval(found), found))
        rate = best.get(IMPERSONATION)
        if rate is not None:
            combined += openings(f"{victim.title}, photos changed on a copy", rate, declared)
    nothing = missing("Wrong openings", "nothing that was made on a copy was tried on the system")
    return Risk(
        tuple(measured) or (missing("Agreement", "nothing was measured"),),
        declared_lines(declared, ("use", "people", "attempts", "protects")),
        (*combined, *openings_a_day_missing(declared)) if combined else (nothing,),
    )


def _left_out(copies: Sequence[Copies]) -> list[tuple[str, str]]:
    """Return what of the threat the plan did not ask for."""
    tried = {one.facts.victim for one in copies}
    left = [
        (f"Copies of {VICTIMS[role].lower()}s", f"a victim and an attack on {role}s")
        for role in ROLES
        if copies and role not in tried and not (role == "verifier" and "embedder" in tried)
    ]
    if copies and all(one.facts.decimals is None for one in copies):
        left.append((f"Rounded scores as a{SPACE}mitigation", "extraction.decimals"))
    return left
