"""The threat that outsiders can tell whose photos trained a finished system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.audit.declared import Declared
from faceaudit.records.finished import KIND
from faceaudit.report.finished.advice import membership_advice
from faceaudit.report.finished.measures import LEVEL_NAMES
from faceaudit.report.finished.risk import membership_risk
from faceaudit.report.finished.systems import AskedPart, AskedSystem
from faceaudit.report.judging import Judgement, verdict
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import (
    SPACE,
    count,
    interval_name,
    percent_in_text,
    percent_interval,
)
from faceaudit.report.threats import (
    KeyFigure,
    Outcome,
    Threat,
    Tried,
    bound_in_words,
    open_because,
    outcome_of,
    worst_first,
)

WORDS: dict[Outcome, str] = {
    "broken": "told apart",
    "kept": "held",
    "inconclusive": "not decided",
    "none": "no verdict",
}
_CLAUSES: dict[Outcome, str] = {
    "broken": "outsiders can tell whose photos trained the system",
    "kept": "no attack told whose photos trained the system more often than the limit allows",
    "inconclusive": "whether outsiders can tell whose photos trained the system",
    "none": "whether outsiders can tell whose photos trained the system",
}
_LEVELS = {name: words for words, name in LEVEL_NAMES.items()}
"""Levels in words, by how limits spell them."""
_VERDICTS: dict[Outcome, str] = {
    "broken": "Outsiders can tell whose photos trained the system",
    "kept": "No attack told whose photos trained the system beyond the limit",
    "inconclusive": "It is open whether outsiders can tell whose photos trained the system",
    "none": "No verdict on whether outsiders can tell whose photos trained the system",
}


def member_threat(
    systems: Sequence[AskedSystem],
    deciding: Sequence[Judgement],
    further: Sequence[Judgement],
    declared: Declared,
) -> Threat:
    """Return the threat that members of given lists are told from others."""
    outcome: Outcome = outcome_of(deciding)
    parts = [(system, one) for system in systems for one in system.of("membership")]
    passed = [
        one
        for _, one in parts
        if one.facts.membership is not None and one.facts.membership.outcome == "passed"
    ]
    why = ""
    if not passed:
        outcome = "none"
        found = [one.facts.membership.verdict for _, one in parts if one.facts.membership]
        why = f"{found[0].rstrip('.')}." if found else "No list of members could be used."
    elif outcome == "none":
        why = (
            "No limit speaks of what was measured: write limits such as "
            "finished.auc(level=pair) > 0.6."
        )
    elif outcome == "inconclusive":
        why = open_because(deciding)
    shown = max(
        (
            one
            for each in deciding
            if each.outcome == outcome
            for one in each.deciding
            if one.estimate
        ),
        key=lambda one: one.estimate.value if one.estimate else 0.0,
        default=None,
    )
    return Threat(
        subject=f"{KIND}/membership",
        name="Being known as one of the trained people",
        outcome=outcome,
        clause=_CLAUSES[outcome],
        verdict=_VERDICTS[outcome],
        explanation=(
            "Lists of whom the system learned from, and of whom it did not, were given. The system "
            "was asked about both; an attacker who is shown one of each has to say which is which. "
            f"Guessing is right in 50{SPACE}%. Only attacks without training were run: others may "
            "find more."
        ),
        figure=_area(shown, deciding),
        tried=worst_first(_tried_lists(deciding, parts)),
        advice=membership_advice(outcome, passed=bool(passed)),
        judgements=tuple(deciding),
        further=tuple(further),
        risk=membership_risk(passed, declared),
        why=why,
    )


def _area(shown: Measure | None, deciding: Sequence[Judgement]) -> KeyFigure:
    if shown is None or shown.estimate is None:
        return KeyFigure("", "no figure that a verdict may rest on", anchor="finished")
    area = shown.estimate
    return KeyFigure(
        percent_in_text(area.value),
        f"of choices between two {_LEVELS[str(shown.labels['level'])]} are right "
        f"({shown.labels['system']}); guessing: 50{SPACE}%",
        f"{interval_name(area)} {percent_interval(area)}",
        f"n = {count(area.n)}",
        bound_in_words(deciding),
        area,
        shown.anchor,
    )


def _tried_lists(
    deciding: Sequence[Judgement], parts: Sequence[tuple[AskedSystem, AskedPart]]
) -> Iterator[Tried]:
    for system, one in parts:
        for each in deciding:
            for measure in each.measures:
                if one.record.id not in measure.cases:
                    continue
                outcome: Outcome = verdict(each.limit, measure)
                area = measure.estimate
                what = (
                    f"not measured: {measure.why_none}"
                    if area is None
                    else f"{percent_in_text(area.value)} right, {percent_interval(area)}"
                )
                yield Tried(
                    f"{system.title}, {_LEVELS[str(measure.labels['level'])]}",
                    what,
                    outcome,
                    WORDS[outcome],
                    system.anchor,
                )
