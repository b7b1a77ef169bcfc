"""The threat of a membership audit: that outsiders can tell whom a verifier learned from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.audit.declared import Declared
from faceaudit.records.membership import ACCURACY, KIND, Granularity, MembershipFacts
from faceaudit.report.judging import Judgement, verdict
from faceaudit.report.kept_cases import once
from faceaudit.report.measures import Measure
from faceaudit.report.membership.advice import advice
from faceaudit.report.membership.cases import CHANCE, Case, comparable_cases, title_with_seed
from faceaudit.report.membership.measures import ANCHOR, LEVEL_NAMES
from faceaudit.report.membership.risk import risk
from faceaudit.report.membership.words import AS_PUBLISHED, LEVEL_WORDS, NONE, describe_check
from faceaudit.report.numbers import (
    SPACE,
    count,
    counted,
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
    part,
    worst,
    worst_first,
)
from faceaudit.store import CaseRecord

DECIDING = ("auc", "tpr")
"""Measures whose limits decide the verdict."""
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
_VERDICTS: dict[Outcome, str] = {
    "broken": "Outsiders can tell whose photos trained the system",
    "kept": "No attack told whose photos trained the system beyond the limit",
    "inconclusive": "It is open whether outsiders can tell whose photos trained the system",
    "none": "No verdict on whether outsiders can tell whose photos trained the system",
}
_LEVELS: dict[str, Granularity] = {name: level for level, name in LEVEL_NAMES.items()}


def membership_threats(
    records: Sequence[CaseRecord], judgements: Sequence[Judgement], declared: Declared
) -> tuple[Threat, ...]:
    """Return the one threat of the kind."""
    groups = once(records, comparable_cases)
    cases = {case.record.id: case for group in groups for case in group.cases}
    deciding, further = part(judgements, DECIDING)
    outcome = outcome_of(deciding)
    sound = [case for case in cases.values() if not case.failed]
    if not sound:
        outcome = "none"
    shown = _choose(deciding, cases, outcome)
    case = None if shown is None else cases[shown.cases[0]]
    group = next((each for each in groups if case in each.cases), None)
    return (
        Threat(
            subject=KIND,
            name="Being known as one of the trained people",
            outcome=outcome,
            clause=_CLAUSES[outcome],
            verdict=_VERDICTS[outcome],
            explanation=_explain(shown, case, outcome, declared),
            figure=_figure(shown, case, deciding),
            tried=worst_first(_list_tried(deciding, cases)),
            advice=advice(group, outcome),
            judgements=deciding,
            further=further,
            risk=risk(case if sound else None, declared),
            why=_why(outcome, deciding, list(cases.values())),
            demonstration=_is_demonstration(records),
            left_out=_left_out(list(cases.values())),
        ),
    )


def _choose(
    deciding: Sequence[Judgement], cases: dict[str, Case], outcome: Outcome
) -> Measure | None:
    """Return the measure that is shown: of those that decide, the verifier's without mitigation."""
    found = [
        one
        for judgement in deciding
        if outcome in (judgement.outcome, "none")
        for one in judgement.deciding
    ]

    def rank(one: Measure) -> tuple[bool, bool, bool, float]:
        case = cases[one.cases[0]]
        height = one.estimate.value if one.estimate else -1.0
        return (not one.caution, case.protocol != AS_PUBLISHED, case.mitigation == NONE, height)

    return max(found, key=rank, default=None)


def _level_words(measure: Measure) -> str:
    return LEVEL_WORDS[_LEVELS[str(measure.labels["level"])]]


def _explain(shown: Measure | None, case: Case | None, outcome: Outcome, declared: Declared) -> str:
    """Say how it happened, how bad it is, and for whom."""
    if shown is None or case is None:
        return ""
    words = _level_words(shown)
    if shown.name == "auc":
        how = (
            f"An attacker is shown two {words}, one that the system learned from and one that it "
            "did not, asks the system about them, and has to say which is which"
        )
    else:
        how = (
            f"An attacker names the {words} that the verifier learned from, and may be wrong about "
            f"{percent_in_text(float(shown.labels['fpr']))} of the others. Guessing finds as few"
        )
    whom = (
        f" It concerns the {count(case.facts.people)} people whose photos it could learn from."
        if outcome in ("broken", "inconclusive")
        else ""
    )
    harm = f" For them it would mean: {declared.sensitivity.rstrip('.')}." * bool(
        declared.sensitivity and whom
    )
    return f"{how}.{whom}{harm}{_of_little_use(case, declared)}"


def _of_little_use(case: Case, declared: Declared) -> str:
    """Say that a verifier decides so few pairs rightly that one in use may have learned more."""
    accuracy = case.get(ACCURACY)
    if accuracy is None or accuracy.value >= declared.least_accuracy:
        return ""
    return (
        f" This verifier decides only {percent_in_text(accuracy.value)} of pairs rightly; one that "
        "is in use may have learned more, and give more away."
    )


def _figure(shown: Measure | None, case: Case | None, deciding: Sequence[Judgement]) -> KeyFigure:
    if shown is None or case is None:
        return KeyFigure("", "not measured", anchor=ANCHOR)
    estimate = shown.estimate
    if estimate is None:
        return KeyFigure("", f"not measured: {shown.why_none}", anchor=shown.anchor)
    words = _level_words(shown)
    if shown.name == "auc":
        of = f"of choices between two {words} are right; guessing: {CHANCE * 100:.0f}{SPACE}%"
    else:
        fpr = percent_in_text(float(shown.labels["fpr"]))
        of = f"of the trained {words} are found, with {fpr} of others wrongly named"
    with_ = "" if case.mitigation == NONE else f", with {case.title}"
    return KeyFigure(
        percent_in_text(estimate.value),
        f"{of}{with_}",
        f"{interval_name(estimate)} {percent_interval(estimate)}",
        f"{counted(estimate.n, 'verifier')} attacked"
        if case.facts.targets > 1
        else f"n = {count(estimate.n)}",
        bound_in_words(deciding),
        estimate,
        shown.anchor,
    )


def _list_tried(deciding: Sequence[Judgement], cases: dict[str, Case]) -> Iterator[Tried]:
    """Yield each mitigation, and no mitigation, with the figure that decides about it."""
    measures = [(one, judgement) for judgement in deciding for one in judgement.measures]
    for case in cases.values():
        own = [(one, each) for one, each in measures if case.record.id in one.cases]
        if not own:
            continue
        outcomes = [verdict(each.limit, one) for one, each in own]
        outcome: Outcome = "none" if case.failed else worst(outcomes)
        shown = next(
            one for (one, _), each in zip(own, outcomes, strict=True) if each == worst(outcomes)
        )
        name = title_with_seed(case, cases.values())
        if case.protocol == AS_PUBLISHED:
            name = f"{name}, as published"
        yield Tried(name, _describe(shown, case), outcome, WORDS[outcome], shown.anchor)


def _describe(shown: Measure, case: Case) -> str:
    if case.failed:
        return f"a check failed: {describe_check(case.failed[0])}"
    if shown.estimate is None:
        return f"not measured: {shown.why_none}"
    right = "right" if shown.name == "auc" else "found"
    words = _level_words(shown)
    rate = percent_in_text(shown.estimate.value)
    return f"{words}: {rate} {right}, {percent_interval(shown.estimate)}"


def _why(outcome: Outcome, deciding: Sequence[Judgement], cases: Sequence[Case]) -> str:
    """Say why there is no verdict, or why it is open; nothing where it is not."""
    if not cases:
        return "No leak was measured: every case failed or is missing."
    if all(case.failed for case in cases):
        checks = dict.fromkeys(describe_check(case.failed[0]) for case in cases)
        return f"Checks of the evaluation failed, so no figure is relied on: {next(iter(checks))}."
    if not deciding:
        return (
            "The plan has no limit on what is given away of what was measured, such as "
            "membership.auc(level=person) > 0.6."
        )
    return open_because(deciding) if outcome == "inconclusive" else ""


def _left_out(cases: Sequence[Case]) -> tuple[tuple[str, str], ...]:
    """Return the levels that were not attacked, and that no mitigation was tried."""
    tried = {run.level for case in cases for run in case.attack_runs}
    left = [
        (f"Membership of {words}", f"{level} in membership.levels")
        for level, words in LEVEL_WORDS.items()
        if tried and level not in tried
    ]
    if cases and all(case.mitigation == NONE for case in cases):
        left.append(("Mitigations of membership", "membership.mitigations"))
    return tuple(left)


def _is_demonstration(records: Sequence[CaseRecord]) -> bool:
    """Return whether all people are synthetic and all backbones were trained here."""
    facts = [MembershipFacts.of(record) for record in records if record.error is None]
    return bool(facts) and all(
        one.source == "synthetic"
        and all(each.origin == "pretraining" for each in one.backbone_facts)
        for one in facts
    )
