"""Findings about each mitigation, in words; each sentence follows from intervals by a rule here."""

from __future__ import annotations

from faceaudit.records.membership import (
    ACCURACY,
    ATTACK_ACCURACY,
    AUC,
    MEMBER_ACCURACY,
    AttackRunFacts,
    Granularity,
    of_attack,
)
from faceaudit.report.elements import Finding, reason_of
from faceaudit.report.membership.cases import (
    CHANCE,
    LEVELS,
    NONE,
    PAIR,
    RATE,
    STRONGEST_AUC,
    STRONGEST_TPR,
    Case,
    ComparableCases,
    describe_attack_run,
    describe_check,
)
from faceaudit.report.membership.differences import difference
from faceaudit.report.numbers import (
    SPACE,
    count,
    decimal,
    decimal_with_interval,
    difference_with_interval,
    listed,
    percent_in_text,
    percent_with_interval,
    points_with_interval,
)
from faceaudit.types import Estimate

LOSS = 0.01
"""Accuracy that a mitigation may cost."""
POINT = f"1{SPACE}point"
"""`LOSS` in words."""
NOTHING_TO_COMPARE = "without mitigation there is no figure to hold it against"


def membership_findings(case: Case, group: ComparableCases) -> tuple[Finding, ...]:
    """Return the findings about one mitigation; of one whose checks failed, that first."""
    if case.failed:
        return (
            Finding("Not to be relied on", flaws(case)),
            Finding("Measured all the same", _measured_all_the_same(case)),
        )
    adaptive = "Strongest attack" if case.mitigation == NONE else "Attacker who knows of it"
    result = [
        Finding("Accuracy", utility(case, group)),
        Finding("Asked as users do", asked_as_users_do(case, group)),
        Finding(adaptive, adaptive_attack(case, group)),
        Finding("With few false alarms", few_false_alarms(case)),
    ]
    beyond = " ".join(beyond_pairs(case, level) for level in LEVELS if level != PAIR).strip()
    if beyond:
        result.append(Finding("Photos and people", beyond))
    return (*result, Finding("Checks", checks(case)))


def flaws(case: Case) -> str:
    """Say which checks failed."""
    failed = "; ".join(describe_check(check) for check in case.failed)
    return f"{'A check' if len(case.failed) == 1 else 'Checks'} failed. {_capital(failed)}."


def checks(case: Case) -> str:
    """Say how many checks were passed, and which could not be made."""
    if not case.checks:
        return "None was recorded, so nothing says whether the evaluation is valid."
    passed = sum(check.passed is True for check in case.checks)
    unknown = [describe_check(check) for check in case.checks if check.passed is None]
    text = f"{count(passed)} of {count(len(case.checks))} passed"
    if passed == len(case.checks):
        text = f"All {count(passed)} passed" if passed > 1 else "The only one passed"
    return f"{text}. Could not be made: {'; '.join(unknown)}." if unknown else f"{text}."


def _measured_all_the_same(case: Case) -> str:
    """List the figures of a case whose checks failed, and conclude nothing from them."""
    accuracy, auc, attack = case.get(ACCURACY), case.get(STRONGEST_AUC), best_learned(case)
    rate = None if attack is None else case.get(of_attack(ATTACK_ACCURACY, attack.key))
    figures = [f"accuracy {percent_with_interval(accuracy)}"] if accuracy else []
    figures += [f"attack AUC {decimal_with_interval(auc)}"] if auc else []
    figures += [f"attack accuracy {percent_with_interval(rate)}"] if rate else []
    if not figures:
        return f"Nothing: {reason_of(case.figure(STRONGEST_AUC))}."
    return f"{_capital(listed(figures))}. Nothing follows from these figures."


def best_learned(case: Case) -> AttackRunFacts | None:
    """Return the attack on pairs that tells the largest share apart at 1/2."""
    known = [
        (rate.value, run)
        for run in case.attack_runs
        if run.level == PAIR and (rate := case.get(of_attack(ATTACK_ACCURACY, run.key)))
    ]
    return max(known, key=lambda measured: measured[0], default=(0.0, None))[1]


def utility(case: Case, group: ComparableCases) -> str:
    """Say how often the verifier is right, and what the mitigation costs of that."""
    ours, base = case.get(ACCURACY), group.baseline
    if ours is None:
        return f"Not measured: {reason_of(case.figure(ACCURACY))}."
    if case.mitigation == NONE or base is None:
        return f"{percent_with_interval(ours)} of pairs are decided rightly{_on_members(case)}."
    change = None if base.failed else difference(case, ACCURACY, base, ACCURACY)
    theirs = base.get(ACCURACY)
    if change is None or theirs is None:
        return f"{percent_with_interval(ours)}; {NOTHING_TO_COMPARE}."
    compared = (
        f"{percent_in_text(ours.value)} against {percent_in_text(theirs.value)} without "
        f"mitigation, {points_with_interval(change)}"
    )
    return f"{_describe_cost(change)}: {compared}{_on_members(case)}."


def _describe_cost(change: Estimate) -> str:
    if change.low > 0:
        return "Rises"
    if change.low >= -LOSS:
        return f"Falls by no more than {POINT}"
    if change.high < -LOSS:
        return f"Falls by more than {POINT}"
    if change.value >= -LOSS:
        return f"Measured within {POINT}, but the interval allows for more"
    return f"Measured more than {POINT} below, though it may be within it"


def _on_members(case: Case) -> str:
    members = case.get(MEMBER_ACCURACY)
    return (
        ""
        if members is None
        else f"; of the pairs it learned from, {percent_in_text(members.value)}"
    )


def asked_as_users_do(case: Case, group: ComparableCases) -> str:
    """Say how well an attacker who asks as users do tells members apart."""
    run, base = case.strongest_non_adaptive, group.baseline
    if run is None:
        return "No attack asked as users do."
    other = base.strongest_non_adaptive if base else None
    other_metric = of_attack(AUC, other.key) if other else ""
    return _describe_leak(case, of_attack(AUC, run.key), run, base, other_metric)


def adaptive_attack(case: Case, group: ComparableCases) -> str:
    """Say how well an attacker who knows of the mitigation tells members apart."""
    return _describe_leak(case, STRONGEST_AUC, case.strongest, group.baseline, STRONGEST_AUC)


def _describe_leak(
    case: Case, metric: str, run: AttackRunFacts | None, base: Case | None, base_metric: str
) -> str:
    """Say how well an attack tells members apart, beside chance and beside no mitigation.

    Args:
        case: what is attacked.
        metric: the attack's AUC.
        run: the attack, to be named.
        base: the case without mitigation, if there is one.
        base_metric: the AUC that it is compared by.
    """
    area = case.get(metric)
    if area is None:
        return f"Not measured: {reason_of(case.figure(metric))}."
    who = "The attack" if run is None else f"{describe_attack_run(run)},"
    text = (
        f"{who} tells members from non-members with AUC {decimal_with_interval(area)}, "
        f"{relative_to_chance(area)}"
    )
    if case.mitigation == NONE or base is None:
        return f"{text}."
    change = None if base.failed else difference(case, metric, base, base_metric)
    theirs = base.get(base_metric)
    if change is None or theirs is None:
        return f"{text}; {NOTHING_TO_COMPARE}."
    return f"{text}. {_beside_no_mitigation(change, theirs)}"


def relative_to_chance(area: Estimate) -> str:
    """Say on which side of chance an area lies, if its interval is on one."""
    if area.low > CHANCE:
        return "above chance"
    if area.high < CHANCE:
        return "below chance by the luck of the draw: it finds nothing"
    return "which cannot be told apart from chance"


def _beside_no_mitigation(change: Estimate, theirs: Estimate) -> str:
    compared = f"{decimal(theirs.value)} without mitigation, {difference_with_interval(change)}"
    if helps(change):
        return f"The mitigation helps: {compared}."
    if harms(change):
        return f"The mitigation makes it worse: {compared}."
    return f"Not told apart from {compared}."


def helps(change: Estimate | None) -> bool:
    """Return whether a leak is smaller than without mitigation, by the whole interval."""
    return change is not None and change.high < 0


def harms(change: Estimate | None) -> bool:
    """Return whether a leak is larger than without mitigation, by the whole interval."""
    return change is not None and change.low > 0


def few_false_alarms(case: Case) -> str:
    """Say how many members are found when 1 % of non-members are taken for members."""
    rate = case.get(STRONGEST_TPR)
    if rate is None:
        return f"Not measured: {reason_of(case.figure(STRONGEST_TPR))}."
    alarm = f"{RATE:.0%}".replace("%", f"{SPACE}%")
    text = (
        f"Where {alarm} of non-members are taken for members, {percent_with_interval(rate)} of "
        "members are found"
    )
    if rate.low > RATE:
        return f"{text}, more than guessing finds ({alarm})."
    if rate.high < RATE:
        return f"{text}, fewer than guessing finds ({alarm})."
    return f"{text}, not told apart from guessing ({alarm})."


def beyond_pairs(case: Case, level: Granularity) -> str:
    """Say how well photos, or people, are told apart, whatever pairs they were learned in."""
    best = case.best(run for run in case.attack_runs if run.level == level and not run.in_sample)
    if best is None:
        return ""
    metric = of_attack(AUC, best.key)
    area = case.get(metric)
    if area is None:
        return f"{LEVELS[level]}: not measured, {reason_of(case.figure(metric))}."
    return (
        f"{LEVELS[level]} it learned from are told from others with AUC "
        f"{decimal_with_interval(area)} ({describe_attack_run(best)}), {relative_to_chance(area)}."
    )


def accuracy_change(case: Case, group: ComparableCases) -> Estimate | None:
    """Return accuracy less that without mitigation, or None when unknown."""
    base = group.baseline
    return None if base is None else difference(case, ACCURACY, base, ACCURACY)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
