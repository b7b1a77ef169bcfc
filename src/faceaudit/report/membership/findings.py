"""Findings about each mitigation, in words; each sentence follows from intervals by a rule here."""

from __future__ import annotations

from faceaudit.records.membership import (
    ACCURACY,
    ATTACK_ACCURACY,
    AUC,
    LEVELS,
    MEMBER_ACCURACY,
    AttackRunFacts,
    Granularity,
    of_attack,
    strongest,
)
from faceaudit.report.elements import Finding, reason_of
from faceaudit.report.membership.backbone_findings import (
    asked_as_users_do,
    by_backbone,
    shown_lower,
)
from faceaudit.report.membership.cases import PAIR, RATE, TPR, Case, ComparableCases
from faceaudit.report.membership.differences import (
    LOSS,
    accuracy_change,
    harms,
    leak_change,
)
from faceaudit.report.membership.leaks import (
    describe_leak,
    in_hindsight,
    lead_level,
    levels_shown,
    lower_bound,
)
from faceaudit.report.membership.words import (
    LEVEL_WORDS,
    NONE,
    describe_attack_run,
    describe_check,
    level_title,
)
from faceaudit.report.numbers import (
    SPACE,
    count,
    counted,
    decimal,
    decimal_with_interval,
    difference_with_interval,
    percent_in_text,
    percent_with_interval,
    points_with_interval,
)
from faceaudit.types import Estimate

POINT = f"1{SPACE}point"
"""`LOSS` in words."""
NOTHING_TO_COMPARE = "without mitigation there is no figure to hold it against"


def membership_findings(case: Case, group: ComparableCases) -> tuple[Finding, ...]:
    """Return the findings about one mitigation; of one whose checks failed, that first."""
    if case.failed:
        return (
            Finding("Not to be relied on", flaws(case)),
            Finding("Measured all the same", _measured_all_the_same(case, lead_level(group))),
        )
    level = lead_level(group)
    found = (
        ("Named for certain", named_for_certain(case)),
        *(
            (level_title(each), strongest_attack(case, group, each))
            for each in LEVELS[: LEVELS.index(level) + 1]
            if each == level or each in levels_shown(case, group)
        ),
        ("Asked as users do", asked_as_users_do(case, group, level)),
        ("By backbone", by_backbone(case, group)),
        ("With few false alarms", few_false_alarms(case, level)),
        ("Accuracy", utility(case, group)),
        ("Checks", checks(case)),
    )
    return tuple(Finding(about, text) for about, text in found if text)


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


def _measured_all_the_same(case: Case, level: Granularity) -> str:
    """List the figures of a case whose checks failed, and conclude nothing from them."""
    accuracy, area, attack = case.get(ACCURACY), case.leak(level), best_learned(case)
    rate = None if attack is None else case.get(of_attack(ATTACK_ACCURACY, attack.key))
    named = case.facts.named_pairs
    figures = [f"{counted(named, 'training pair')} named for certain"] if named else []
    figures += [f"accuracy {percent_with_interval(accuracy)}"] if accuracy else []
    if area:
        figures.append(
            f"AUC of the strongest attack on {LEVEL_WORDS[level]} {decimal_with_interval(area)}"
        )
    if attack is not None and rate is not None:
        figures.append(
            f"attack accuracy {percent_with_interval(rate)} ({describe_attack_run(attack)})"
        )
    return f"{_capital('; '.join(figures))}." if figures else "Nothing."


def best_learned(case: Case) -> AttackRunFacts | None:
    """Return the attack on pairs that tells the largest share apart at 1/2."""
    known = [
        (rate.value, run)
        for run in case.attack_runs
        if run.level == PAIR and (rate := case.get(of_attack(ATTACK_ACCURACY, run.key)))
    ]
    return max(known, key=lambda measured: measured[0], default=(0.0, None))[1]


def named_for_certain(case: Case) -> str:
    """Say how many training pairs the released scores name for certain, or nothing."""
    named = case.facts.named_pairs
    if not named:
        return ""
    verb = "is" if named == 1 else "are"
    return (
        f"{counted(named, 'training pair')} {verb} named for certain by released scores, over "
        f"{counted(case.facts.targets, 'target')}. No average below shows this."
    )


def strongest_attack(case: Case, group: ComparableCases, level: Granularity) -> str:
    """Say how well the strongest attack tells members, beside chance and beside no mitigation."""
    area, run, base = case.leak(level), case.strongest(level), group.baseline
    if area is None:
        return f"Not measured: {reason_of(case.figure(strongest(AUC, level)))}."
    named = "chosen for each target on the others"
    if run is not None and case.get(of_attack(AUC, run.key)) == area:
        named = describe_attack_run(run)
    parts = [f"{describe_leak(area, level)} ({named}).", in_hindsight(case, level)]
    if case.mitigation == NONE:
        parts.append(lower_bound(case, group, level))
    elif base is not None:
        parts.append(_beside_no_mitigation(case, base, level))
    return " ".join(filter(None, parts))


def _beside_no_mitigation(case: Case, base: Case, level: Granularity) -> str:
    change, theirs = leak_change(case, base, level), base.leak(level)
    if base.failed or change is None or theirs is None:
        return f"{_capital(NOTHING_TO_COMPARE)}."
    compared = f"{decimal(theirs.value)} without mitigation, {difference_with_interval(change)}"
    if shown_lower(case, base, level):
        average = " on average" if case.facts.named_pairs else ""
        return f"The mitigation helps{average}: {compared}."
    if harms(change, case):
        return f"The mitigation makes it worse: {compared}."
    if case.facts.post_processing and change.value > 0:
        return (
            f"Measured higher than {compared}. It only changes the same verifiers"
            "\N{RIGHT SINGLE QUOTATION MARK} answers, so without it an attacker finds at least as "
            "much: the figure without mitigation is a lower bound."
        )
    return f"Not told apart from {compared}."


def few_false_alarms(case: Case, lead: Granularity) -> str:
    """Say how many members are found when 1 % of non-members are taken for members.

    Of the levels from the first one on, the first is spoken of that can resolve the rate; nothing
    where it was not asked for.
    """
    if not case.holds(strongest(TPR, lead)):
        return ""
    levels = LEVELS[LEVELS.index(lead) :]
    known = [(level, rate) for level in levels if (rate := case.get(strongest(TPR, level)))]
    why = reason_of(case.figure(strongest(TPR, lead)))
    if not known:
        return f"Not measured: {why}."
    level, rate = known[0]
    words, alarm = LEVEL_WORDS[level], f"{RATE:.0%}".replace("%", f"{SPACE}%")
    other = f"Of {LEVEL_WORDS[lead]} not measured: {why}. " if level != lead else ""
    text = (
        f"{other}Where {alarm} of {words} not learned from are taken for members, "
        f"{percent_with_interval(rate)} of those learned from are found"
    )
    if rate.low > RATE:
        return f"{text}, more than guessing finds ({alarm})."
    if rate.high < RATE:
        return f"{text}, fewer than guessing finds ({alarm})."
    return f"{text}, not told apart from guessing ({alarm})."


def utility(case: Case, group: ComparableCases) -> str:
    """Say how often the verifier is right, and what the mitigation costs of that."""
    ours, base = case.get(ACCURACY), group.baseline
    if ours is None:
        return f"Not measured: {reason_of(case.figure(ACCURACY))}."
    if case.mitigation == NONE or base is None:
        return f"{percent_with_interval(ours)} of pairs are decided rightly{_on_members(case)}."
    change = None if base.failed else accuracy_change(case, group)
    theirs = base.get(ACCURACY)
    if change is None or theirs is None:
        return f"{percent_with_interval(ours)}; {NOTHING_TO_COMPARE}."
    compared = (
        f"{percent_in_text(ours.value)} against {percent_in_text(theirs.value)} without "
        f"mitigation, {points_with_interval(change)}"
    )
    return f"{_describe_cost(change)}: {compared}{_on_members(case)}."


def utility_verdict(case: Case, group: ComparableCases) -> str:
    """Say in a few words what a mitigation costs of accuracy, or why that is not known."""
    if case.get(ACCURACY) is None:
        return f"Not measured, {reason_of(case.figure(ACCURACY))}"
    base = group.baseline
    change = None if base is None or base.failed else accuracy_change(case, group)
    return "Nothing to compare with" if change is None else _describe_cost(change)


def _describe_cost(change: Estimate) -> str:
    if change.low > 0:
        return "Rises"
    if change.high < -LOSS:
        return f"Falls by more than {POINT}"
    falls = "Falls" if change.high < 0 else "Not shown to fall"
    if change.low < -LOSS:
        return f"{falls}, and may cost more than {POINT}"
    return f"Falls by no more than {POINT}" if change.high < 0 else f"Within {POINT}"


def _on_members(case: Case) -> str:
    members = case.get(MEMBER_ACCURACY)
    return (
        ""
        if members is None
        else f"; of the pairs it learned from, {percent_in_text(members.value)}"
    )


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
