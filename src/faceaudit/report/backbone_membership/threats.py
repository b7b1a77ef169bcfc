"""The threat that a backbone gives away whom it learned from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.audit.declared import Declared
from faceaudit.records.backbone_membership import KIND, tpr_at
from faceaudit.report.backbone_membership.advice import backbone_advice
from faceaudit.report.backbone_membership.cases import Case, cases_of
from faceaudit.report.backbone_membership.findings import told_apart
from faceaudit.report.backbone_membership.words import ANCHOR, PHOTOS, attack_name
from faceaudit.report.elements import reason_of
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import decimal_with_interval
from faceaudit.report.plain_threat import Showing, ThreatWords, build_threat
from faceaudit.report.risk_lines import (
    NO_RATE,
    declared_lines,
    lowest_rate,
    missing,
    people_exposed,
    people_found,
)
from faceaudit.report.threats import Advice, Outcome, Risk, RiskLine, Threat, part
from faceaudit.store import CaseRecord
from faceaudit.types import Figure

DECIDING = ("headline_auc",)
WORDS = ThreatWords(
    subject=KIND,
    name="Being known as one of those a backbone learned from",
    broken="outsiders can tell whom a backbone learned from",
    kept="no attack told whom a backbone learned from more often than the limit allows",
    open="whether outsiders can tell whom a backbone learned from",
    example="backbone_membership.headline_auc > 0.6",
    tried={
        "broken": "told apart",
        "kept": "held",
        "inconclusive": "not decided",
        "none": "no verdict",
    },
)


def backbone_threats(
    records: Sequence[CaseRecord], judgements: Sequence[Judgement], declared: Declared
) -> tuple[Threat, ...]:
    """Return the threat, decided by the plan's first attack on people of one source."""
    cases = cases_of(records)
    deciding, further = part(judgements, DECIDING)
    passed = any(not case.flaw(case.headline("trained")) for case in cases)

    def advice(outcome: Outcome) -> tuple[Advice, ...]:
        return backbone_advice(
            outcome,
            training_photos_only=_training_photos_only(cases),
            early=any(case.record.spec["recipe"]["stop"] == "validation" for case in cases),
            passed=passed,
        )

    failed = ""
    if not cases:
        failed = f"Every case failed: {records[0].error}" if records else "Nothing was run."
    return (
        build_threat(
            WORDS,
            Showing(_of, _name, ANCHOR, share=False),
            deciding,
            further,
            explanation=(
                "Backbones learned from one half of some people each. An attacker who is shown a "
                "person that a backbone learned from, and one that it did not, has to say which is "
                "which: AUC is how often that succeeds, and guessing is right in half of all "
                "cases. What decides is the plan's first attack, named before anything was "
                "measured."
            ),
            advice=advice,
            risk=_risk(cases, declared),
            subjects=tuple(
                dict.fromkeys(f"{KIND}/{one.key}" for case in cases for one in case.facts.attacks)
            ),
            demonstration=bool(cases) and all(case.facts.source == "synthetic" for case in cases),
            failed=failed,
            left_out=()
            if any(not case.people_only() for case in cases)
            else (
                (
                    "Members and others of different sources",
                    "the set-up of published tests, and what a baseline without a network finds",
                ),
            ),
        ),
    )


def _training_photos_only(cases: Sequence[Case]) -> bool:
    by_photos = {
        photos: any(told_apart(case, case.headline(photos)) for case in cases)
        for photos in ("trained", "held_out")
    }
    return by_photos["trained"] and not by_photos["held_out"]


def _of(measure: Measure) -> str:
    return (
        f"is the AUC by which people are told apart with {PHOTOS[str(measure.labels['photos'])]} "
        f"({measure.labels['recipe']}); guessing: 0.5"
    )


def _name(measure: Measure) -> str:
    labels = measure.labels
    attack = attack_name(str(labels["attack"]))
    return f"{labels['recipe']}, {PHOTOS[str(labels['photos'])]}: {attack}"


def _risk(cases: Sequence[Case], declared: Declared) -> Risk:
    """Combine how many people were found with what is declared: by the training photos."""
    measured: list[RiskLine] = []
    combined: list[RiskLine] = []
    for case in cases:
        asked = case.headline("trained")
        if case.flaw(asked):
            continue
        figure = case.figure(asked)
        name = f"{case.title}. Right choices between two people"
        if figure is None or figure.estimate is None:
            measured.append(missing(name, "not asked for" if figure is None else reason_of(figure)))
        else:
            text = f"AUC {decimal_with_interval(figure.estimate)}; guessing: 0.5"
            measured.append(RiskLine(name, text, figure.estimate))
        rate = lowest_rate(_rates(case))
        if rate is not None:
            measured += people_found(*rate)
            combined += people_exposed(*rate, declared=declared)
    return Risk(
        tuple(measured) or (missing("Trained people found", "no lists passed their checks"),),
        declared_lines(declared, ("use", "people", "prior", "sensitivity")),
        tuple(combined) or (missing("Precision, and people exposed", NO_RATE),),
    )


def _rates(case: Case) -> Iterator[tuple[float, Figure]]:
    for fpr in case.rates():
        figure = case.figure(case.headline("trained"), tpr_at(fpr))
        if figure is not None:
            yield fpr, figure
