"""What was found of each mitigation, in words; every sentence follows from intervals by a rule."""

from __future__ import annotations

from faceaudit.report.backdoor.findings import Finding
from faceaudit.report.membership.cases import (
    ACCURACY,
    ADAPTIVE,
    ADAPTIVE_TPR,
    AUC,
    CHANCE,
    LEVELS,
    NONE,
    PAIR,
    AttackRun,
    Case,
    ComparableCases,
)
from faceaudit.report.membership.differences import contrast
from faceaudit.report.numbers import (
    SPACE,
    count,
    decimal,
    decimal_difference,
    decimal_measured,
    listed,
    measured,
    points_interval,
    spoken,
)
from faceaudit.store import Figure
from faceaudit.types import Estimate

LOSS = 0.01
"""How much accuracy a mitigation may cost."""
FALSE_ALARMS = 0.01
POINT = f"1{SPACE}point"


def privacy_findings(case: Case, setting: ComparableCases) -> tuple[Finding, ...]:
    """Say what was found of one mitigation; of one whose checks failed, that first, and no more."""
    if case.failed:
        return (
            Finding("Not to be relied on", flaws(case)),
            Finding("Measured all the same", _unjudged(case)),
        )
    found = [
        Finding("Accuracy", utility(case, setting)),
        Finding("Asked as users do", asked_as_users_do(case, setting)),
        Finding("Attacker who knows of it", adaptive(case, setting)),
        Finding("With few false alarms", few_false_alarms(case)),
    ]
    if case.mitigation == NONE:
        found[2] = Finding("Strongest attack", found[2].text)
    beyond = " ".join(beyond_pairs(case, level) for level in LEVELS if level != PAIR).strip()
    if beyond:
        found.append(Finding("Photos and people", beyond))
    return (*found, Finding("Checks", checks(case)))


def flaws(case: Case) -> str:
    """Say which checks failed."""
    said = "; ".join(check.text for check in case.failed)
    return f"{'A check' if len(case.failed) == 1 else 'Checks'} failed. {_capital(said)}."


def checks(case: Case) -> str:
    """Say how many checks were passed, and which could not be made."""
    if not case.checks:
        return "None was recorded, so nothing says whether the evaluation is valid."
    passed = sum(check.passed is True for check in case.checks)
    unknown = [check.text for check in case.checks if check.passed is None]
    said = f"{count(passed)} of {count(len(case.checks))} passed"
    if passed == len(case.checks):
        said = f"All {count(passed)} passed" if passed > 1 else "The only one passed"
    return f"{said}. Could not be made: {'; '.join(unknown)}." if unknown else f"{said}."


def _unjudged(case: Case) -> str:
    accuracy, auc, attack = case.get(ACCURACY), case.get(ADAPTIVE), best_learned(case)
    said = [f"accuracy {measured(accuracy)}"] if accuracy else []
    said += [f"attack AUC {decimal_measured(auc)}"] if auc else []
    rate = None if attack is None else case.get(f"attack_accuracy:{attack.key}")
    said += [f"attack accuracy {measured(rate)}"] if rate else []
    if not said:
        return f"Nothing: {reason(case.figure(ADAPTIVE))}."
    return f"{_capital(listed(said))}. Nothing follows from these figures."


def best_learned(case: Case) -> AttackRun | None:
    """Return the attack on pairs that tells the largest share apart at 1/2."""
    known = [
        (rate.value, ask)
        for ask in case.attack_runs
        if ask.level == PAIR and (rate := case.get(f"attack_accuracy:{ask.key}"))
    ]
    return max(known, key=lambda one: one[0], default=(0.0, None))[1]


def utility(case: Case, setting: ComparableCases) -> str:
    """Say how often the verifier is right, and what the mitigation costs of that."""
    ours, base = case.get(ACCURACY), setting.baseline
    if ours is None:
        return f"Not measured: {reason(case.figure(ACCURACY))}."
    if case.mitigation == NONE or base is None:
        return f"{measured(ours)} of pairs are decided rightly{_on_members(case)}."
    change = None if base.failed else contrast(case, ACCURACY, base, ACCURACY)
    theirs = base.get(ACCURACY)
    if change is None or theirs is None:
        return f"{measured(ours)}; without mitigation there is no figure to hold it against."
    compared = (
        f"{spoken(ours.value)} against {spoken(theirs.value)} without mitigation, "
        f"{points_interval(change)}"
    )
    return f"{_cost(change)}: {compared}{_on_members(case)}."


def _cost(change: Estimate) -> str:
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
    members = case.get("accuracy_members")
    return "" if members is None else f"; of the pairs it learned from, {spoken(members.value)}"


def asked_as_users_do(case: Case, setting: ComparableCases) -> str:
    """Say what an attacker finds out who asks as users do."""
    ask, base = case.strongest_non_adaptive, setting.baseline
    if ask is None:
        return "No attack asked as users do."
    other = base.strongest_non_adaptive if base else None
    return _leak(case, f"{AUC}:{ask.key}", ask, base, f"{AUC}:{other.key}" if other else "")


def adaptive(case: Case, setting: ComparableCases) -> str:
    """Say what an attacker finds out who knows of the mitigation."""
    return _leak(case, ADAPTIVE, case.worst, setting.baseline, ADAPTIVE)


def _leak(case: Case, metric: str, ask: AttackRun | None, base: Case | None, other: str) -> str:
    area = case.get(metric)
    if area is None:
        return f"Not measured: {reason(case.figure(metric))}."
    who = "The attack" if ask is None else f"{ask.name}, {ask.way},"
    measured = f"{decimal_measured(area)}, {relative_to_chance(area)}"
    said = f"{who} tells members from others with AUC {measured}"
    if case.mitigation == NONE or base is None:
        return f"{said}."
    change = None if base.failed else contrast(case, metric, base, other)
    theirs = base.get(other)
    if change is None or theirs is None:
        return f"{said}; without mitigation there is no figure to hold it against."
    return f"{said}. {_against(change, theirs)}"


def relative_to_chance(area: Estimate) -> str:
    """Say on which side of chance an area lies, if its interval is on one."""
    if area.low > CHANCE:
        return "above chance"
    if area.high < CHANCE:
        return "below chance by the luck of the draw: it finds nothing"
    return "which cannot be told apart from chance"


def _against(change: Estimate, theirs: Estimate) -> str:
    compared = f"{decimal(theirs.value)} without mitigation, {decimal_difference(change)}"
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
    """Say how many members are found when 1 % of others are wrongly taken for members."""
    rate = case.get(ADAPTIVE_TPR)
    if rate is None:
        return f"Not measured: {reason(case.figure(ADAPTIVE_TPR))}."
    alarm = f"{FALSE_ALARMS:.0%}".replace("%", f"{SPACE}%")
    said = f"Where {alarm} of others are taken for members, {measured(rate)} of members are found"
    if rate.low > FALSE_ALARMS:
        return f"{said}, more than guessing finds ({alarm})."
    if rate.high < FALSE_ALARMS:
        return f"{said}, fewer than guessing finds ({alarm})."
    return f"{said}, not told apart from guessing ({alarm})."


def beyond_pairs(case: Case, level: str) -> str:
    """Say how well photos, or people, are told apart, whatever pairs they were learned in."""
    best = case.best(ask for ask in case.attack_runs if ask.level == level and not ask.in_sample)
    area = case.get(f"{AUC}:{best.key}") if best else None
    if best is None:
        return ""
    if area is None:
        return f"{LEVELS[level]}: not measured, {reason(case.figure(f'{AUC}:{best.key}'))}."
    return (
        f"{LEVELS[level]} it learned from are told from others with AUC {decimal_measured(area)} "
        f"({best.name}, {best.way}), {relative_to_chance(area)}."
    )


def reason(figure: Figure) -> str:
    """Say why a figure has no estimate."""
    return (figure.why_none or "no reason was kept").rstrip(".")


def loss_of(case: Case, setting: ComparableCases) -> Estimate | None:
    """Return by how much accuracy differs from that without mitigation, or None when unknown."""
    base = setting.baseline
    return None if base is None else contrast(case, ACCURACY, base, ACCURACY)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
