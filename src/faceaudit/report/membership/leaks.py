"""Leaks in words: what the strongest attack of a level tells, and which level is spoken of."""

from __future__ import annotations

from collections.abc import Iterable

from faceaudit.records.membership import AUC, LEVELS, Granularity, of_attack, strongest
from faceaudit.report.membership.cases import CHANCE, PAIR, Case, ComparableCases
from faceaudit.report.membership.words import LEVEL_WORDS, NONE, describe_attack_run
from faceaudit.report.numbers import (
    counted,
    decimal,
    decimal_with_interval,
    listed,
    percent_in_text,
)
from faceaudit.types import Estimate


def lead_level(group: ComparableCases) -> Granularity:
    """Return the level that is spoken of first: people's, where a leak was shown of them.

    It is the first level, people first, at which attacks on the verifiers without mitigation are
    shown to be above chance; else the first at which something was measured.
    """
    base = group.baseline
    if base is not None and not base.failed and (shown := levels_shown(base, group)):
        return shown[0]
    cases = [base] if base is not None and _measured(base) else group.sound or group.cases
    return next((level for case in cases for level in _measured(case)), PAIR)


def _measured(case: Case) -> list[Granularity]:
    return [level for level in LEVELS if case.leak(level) is not None]


def levels_shown(case: Case, group: ComparableCases) -> list[Granularity]:
    """Return the levels at which the strongest attack is above chance by its interval.

    Without mitigation it is so, too, where it is through changed answers.
    """
    cases = [case]
    if case.mitigation == NONE:
        cases += [each for each in group.mitigated if each.facts.post_processing]
    return [
        level
        for level in LEVELS
        if any((area := each.leak(level)) and area.low > CHANCE for each in cases)
    ]


def leaks_nothing_shown(case: Case, group: ComparableCases) -> bool:
    """Return whether no attack was above chance at any level, and no pair is named for certain."""
    return not levels_shown(case, group) and not case.facts.named_pairs


def describe_leak(area: Estimate, level: Granularity, attack: str = "the strongest attack") -> str:
    """Say what an AUC means: `Of two people, one learned from and one not, ...`."""
    return (
        f"Of two {LEVEL_WORDS[level]}, one learned from and one not, {attack} tells which in "
        f"{percent_in_text(area.value)}: AUC {decimal_with_interval(area)}, "
        f"{relative_to_chance(area)}"
    )


def within(sentence: str) -> str:
    """Return a sentence as a part of another: its first letter small."""
    return f"{sentence[:1].lower()}{sentence[1:]}"


def relative_to_chance(area: Estimate) -> str:
    """Say on which side of chance an area lies, if its interval is on one."""
    if area.low > CHANCE:
        return "above chance"
    if area.high < CHANCE:
        return "below chance by the luck of the draw: it finds nothing"
    return "which cannot be told apart from chance"


def in_hindsight(case: Case, level: Granularity) -> str:
    """Name the highest single attack where it lies above the strongest, or nothing.

    The strongest is chosen for each target on the others; where attacks are about as strong as one
    another, the highest can lie well above it, by luck or because it is the better one.
    """
    area, runs = case.leak(level), case.out_of_sample(level)
    best = case.best(runs)
    own = None if best is None else case.get(of_attack(AUC, best.key))
    if best is None or own is None or area is None or own.value <= area.value:
        return ""
    text = (
        f"In hindsight the highest of {counted(len(runs), 'attack')} is {describe_attack_run(best)}"
        f", with AUC {decimal_with_interval(own)}."
    )
    if best.strategy == "served" and any(run.strategy != "served" for run in runs):
        return f"{text} Whoever knows of the mitigation can ask so, too."
    return text


def exceeding(base: Case, group: ComparableCases, metric: str) -> Case | None:
    """Return the case that shows a figure without mitigation to be too low, if there is one.

    Of the mitigations that only change the answers of the unmitigated verifiers it is the one with
    the highest figure, if that is above the one without mitigation: what is found through changed
    answers can be found through the answers themselves.

    Args:
        base: the case without mitigation.
        group: what it is compared with.
        metric: a figure of attacks, such as the AUC of the strongest at a level.
    """
    own = base.get(metric)
    higher = [
        (estimate.value, case)
        for case in group.mitigated
        if case.facts.post_processing and (estimate := case.get(metric))
        if own is None or estimate.value > own.value
    ]
    return max(higher, key=lambda one: one[0], default=(0.0, None))[1]


def lower_bound(base: Case, group: ComparableCases, level: Granularity) -> str:
    """Say that the AUC without mitigation is at least that with changed answers, or nothing."""
    case = exceeding(base, group, strongest(AUC, level))
    area = None if case is None else case.leak(level)
    if case is None or area is None:
        return ""
    return (
        f"AUC {decimal(area.value)} was measured with {case.title}, so as much can be found "
        "without: that only changes the same verifiers\N{RIGHT SINGLE QUOTATION MARK} answers."
    )


def name_certain(cases: Iterable[Case]) -> str:
    """Say which cases' scores name training pairs for certain, or nothing."""
    named = [
        f"{case.title}: {counted(case.facts.named_pairs, 'pair')} of "
        f"{counted(case.facts.targets, 'target')}"
        for case in cases
        if case.facts.named_pairs
    ]
    if not named:
        return ""
    return f"Released scores name training pairs for certain ({listed(named, most=4)})."
