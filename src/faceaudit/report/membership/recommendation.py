"""Recommendation of a mitigation; each sentence follows from intervals by a rule here."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.records.membership import ACCURACY, Granularity
from faceaudit.report.membership.backbone_findings import shown_lower
from faceaudit.report.membership.cases import Case, ComparableCases
from faceaudit.report.membership.differences import (
    accuracy_change,
    direction,
    is_affordable,
    leak_change,
)
from faceaudit.report.membership.facebone_verdict import judge_facebone
from faceaudit.report.membership.findings import POINT, flaws
from faceaudit.report.membership.leaks import (
    describe_leak,
    lead_level,
    levels_shown,
    lower_bound,
    name_certain,
    within,
)
from faceaudit.report.membership.words import FACEBONE, LEVEL_WORDS, LISTS
from faceaudit.report.numbers import (
    counted,
    decimal,
    decimal_with_interval,
    difference_with_interval,
    listed,
    points_with_interval,
)


def recommendation(group: ComparableCases) -> tuple[str, ...]:
    """Say which mitigation to take, or why none can be named; one paragraph each."""
    why_none = _find_obstacle(group)
    if why_none:
        return tuple(filter(None, (f"No recommendation: {why_none}", name_certain(group.sound))))
    base = group.baseline
    assert base is not None
    left_out = [case.title for case in group.cases if case.failed]
    paragraphs = [
        *_recommend_choice(group, base),
        name_certain(group.sound),
        *(judge_facebone(case, base, lead_level(group)) for case in _facebones(group)),
    ]
    if left_out:
        paragraphs.append(f"Left out, because a check failed: {listed(left_out, most=9)}.")
    if group.protocol == LISTS:
        paragraphs.append("The lists are given: intervals of differences hold for these pairs.")
    return tuple(filter(None, paragraphs))


def _find_obstacle(group: ComparableCases) -> str:
    """Say why no mitigation can be recommended, or nothing."""
    base = group.baseline
    if not group.sound:
        return f"no evaluation is valid. {first_flaw(group)}"
    if base is None:
        return "no verifier without mitigation was measured to compare with."
    if base.failed:
        return f"the evaluation without mitigation is not valid. {flaws(base)}"
    if base.get(ACCURACY) is None or base.leak(lead_level(group)) is None:
        return "accuracy or leak was not measured without mitigation."
    return _nothing_tried(group)


def _nothing_tried(group: ComparableCases) -> str:
    level = lead_level(group)
    if len(group.cases) < 2:
        return "no mitigation was tried."
    if not group.mitigated:
        return f"no evaluation of a mitigation is valid. {first_flaw(group)}"
    if not any(case.leak(level) and case.get(ACCURACY) for case in group.mitigated):
        return "no mitigation has both accuracy and leak measured."
    return ""


def first_flaw(group: ComparableCases) -> str:
    """Name the first case whose checks failed, and say which did."""
    failed = next(case for case in group.cases if case.failed)
    return f"{failed.title}: {flaws(failed)}"


def affordable(group: ComparableCases) -> list[Case]:
    """Return the mitigations to choose from, the least leak first.

    Their accuracy falls by no more than a point, by the whole interval of the difference, and their
    scores name no pair for certain.
    """
    level = lead_level(group)
    ranked = [
        (leak.value, number, case)
        for number, case in enumerate(group.mitigated)
        if (leak := case.leak(level))
        and is_affordable(accuracy_change(case, group))
        and not case.facts.named_pairs
    ]
    return [case for *_, case in sorted(ranked, key=lambda rank: rank[:2])]


def shown_to_help(cases: Sequence[Case], base: Case, level: Granularity) -> list[Case]:
    """Return those that leak less than without mitigation, by the interval of the difference."""
    return [case for case in cases if shown_lower(case, base, level)]


def _recommend_choice(group: ComparableCases, base: Case) -> list[str]:
    level, cheap = lead_level(group), affordable(group)
    unprotected = base.leak(level)
    assert unprotected is not None
    dear = _describe_dear(group, base, level)
    if level not in levels_shown(base, group):
        told = within(describe_leak(unprotected, level))
        first = f"Nothing to recommend: without mitigation, {told}."
        if base.facts.named_pairs:
            first = f"{first} That is an average, and pairs are named for certain."
        return [first]
    if not cheap:
        first = f"None can be recommended: every mitigation may cost more than {POINT} of accuracy"
        if any(case.facts.named_pairs for case in group.mitigated):
            first += ", or names training pairs for certain"
        return [f"{first}.", dear]
    best, helpful = cheap[0], shown_to_help(cheap, base, level)
    detail = [
        _compare(best, base, group),
        _describe_cost(best, group),
        _describe_choice(best, group),
    ]
    if best in helpful:
        detail[1:1] = [_describe_rest(best, group), _other_levels(best, base, group)]
        detail.append(_not_told_apart(cheap, level))
        return [f"Take {best.title}.", " ".join(filter(None, detail)), dear]
    if helpful:
        titles = listed([case.title for case in helpful], most=9)
        first = f"None stands out; shown to help: {titles}."
    else:
        first = (
            f"None can be recommended: no mitigation that costs at most {POINT} of accuracy was "
            f"shown to lower the leak of {LEVEL_WORDS[level]}."
        )
    return [first, " ".join(filter(None, detail)), dear]


def _compare(best: Case, base: Case, group: ComparableCases) -> str:
    """Say which mitigation leaks least, and how that compares with none."""
    level = lead_level(group)
    leak, unprotected, change = best.leak(level), base.leak(level), leak_change(best, base, level)
    assert leak is not None
    assert unprotected is not None
    assert change is not None
    verdict = {-1: "less than", 0: "not shown to be less than", 1: "more than"}
    text = (
        f"Of the mitigations that cost at most {POINT} of accuracy, {best.title} has the lowest "
        f"measured leak of {LEVEL_WORDS[level]}: AUC {decimal_with_interval(leak)}, "
        f"{verdict[direction(change, best)]} {decimal(unprotected.value)} without mitigation, "
        f"{difference_with_interval(change)}, over {counted(best.facts.targets, 'target')}."
    )
    return f"{text} {lower_bound(base, group, level)}".strip()


def _describe_cost(case: Case, group: ComparableCases) -> str:
    change = accuracy_change(case, group)
    assert change is not None
    return f"Its accuracy differs by {points_with_interval(change)}."


def _describe_choice(best: Case, group: ComparableCases) -> str:
    """Say of how many the lowest was taken."""
    tried = group.mitigated
    if len(tried) < 2:
        return ""
    settings = sum(case.mitigation == best.mitigation for case in tried)
    sweep = f", {settings} of them settings of one mitigation" if settings > 1 else ""
    return (
        f"It is the lowest of those after seeing all {len(tried)}{sweep}: a little too low by "
        "choice alone."
    )


def _describe_rest(case: Case, group: ComparableCases) -> str:
    """Say what is left of the leak, at whatever level."""
    level, shown = lead_level(group), levels_shown(case, group)
    if level in shown:
        return "What is left is above chance: members can still be told."
    if shown:
        levels = listed([LEVEL_WORDS[one] for one in shown])
        return (
            f"What is left cannot be told apart from chance for {LEVEL_WORDS[level]}, and is above "
            f"chance for {levels}."
        )
    return "What is left cannot be told apart from chance."


def _other_levels(case: Case, base: Case, group: ComparableCases) -> str:
    """Say at which other levels the mitigation helps."""
    lead = lead_level(group)
    by_direction: dict[int, list[str]] = {-1: [], 0: [], 1: []}
    for level in group.levels:
        change = leak_change(case, base, level)
        if level != lead and change is not None:
            by_direction[direction(change, case)].append(LEVEL_WORDS[level])
    words = {
        -1: "It helps for {}, too.",
        0: "For {} it was not shown to help.",
        1: "For {} it leaks more.",
    }
    return " ".join(
        words[way].format(listed(levels)) for way, levels in by_direction.items() if levels
    )


def _not_told_apart(cheap: Sequence[Case], level: Granularity) -> str:
    """Name those whose leak is not told apart from the lowest."""
    best, *others = cheap
    near = [
        other.title
        for other in others
        if (change := leak_change(other, best, level)) and change.low <= 0
    ]
    return f"Not told apart from it: {listed(near, most=9)}." if near else ""


def _describe_dear(group: ComparableCases, base: Case, level: Granularity) -> str:
    """Name the mitigations that lower the leak and may cost more than a point, or nothing."""
    dear = [
        f"{case.title}, {points_with_interval(change)}"
        for case in shown_to_help(group.mitigated, base, level)
        if (change := accuracy_change(case, group)) and not is_affordable(change)
    ]
    if not dear:
        return ""
    return (
        f"Shown to lower the leak of {LEVEL_WORDS[level]}, but not shown to cost at most "
        f"{POINT} of accuracy: {listed(dear, most=9)}."
    )


def _facebones(group: ComparableCases) -> list[Case]:
    return [case for case in group.mitigated if case.mitigation == FACEBONE]
