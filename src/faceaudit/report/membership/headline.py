"""Headline of a membership audit: checks that failed, then the mitigation that helps most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from faceaudit.records.membership import ACCURACY, Granularity
from faceaudit.report.elements import Headline
from faceaudit.report.membership.cases import Case, ComparableCases, title_with_seed
from faceaudit.report.membership.differences import accuracy_change, leak_change
from faceaudit.report.membership.facebone_verdict import helps_only_users
from faceaudit.report.membership.findings import POINT
from faceaudit.report.membership.leaks import (
    describe_leak,
    in_hindsight,
    lead_level,
    leaks_nothing_shown,
    levels_shown,
    lower_bound,
    name_certain,
    within,
)
from faceaudit.report.membership.recommendation import affordable, first_flaw, shown_to_help
from faceaudit.report.membership.words import (
    AS_PUBLISHED,
    FACEBONE,
    LEVEL_WORDS,
    describe_check,
)
from faceaudit.report.numbers import (
    counted,
    decimal_with_interval,
    difference_with_interval,
    percent_in_text,
    percent_with_interval,
    points_with_interval,
)

ANCHOR = "leak"
"""The id of the page's element that lists each case's checks."""


def membership_headline(groups: Sequence[ComparableCases]) -> Headline:
    """Choose the first words of the section; failed checks become its warning.

    The first group speaks that is no evaluation as published; without any, the one as published.

    Args:
        groups: cases that can be compared, evaluations as published last.
    """
    headline = _choose_headline(groups)
    cases = [case for group in groups for case in group.cases]
    return replace(headline, warning=_warn_of_flaws(cases), anchor=ANCHOR)


def _choose_headline(groups: Sequence[ComparableCases]) -> Headline:
    if not groups:
        return Headline("No leak was measured", "Every case failed or is missing.")
    group = next((group for group in groups if group.protocol != AS_PUBLISHED), groups[0])
    if not group.sound:
        return Headline("No figure here is to be relied on", first_flaw(group))
    base, level = group.baseline, lead_level(group)
    if base is None or base.failed or base.leak(level) is None:
        return Headline("Nothing to compare with", _list_leaks(group, level))
    detail = [
        name_certain(group.sound),
        _without_mitigation(base, group, level),
        _lowest_leak(group, base, level),
    ]
    return Headline(_title_group(group, base, level), " ".join(filter(None, detail)))


def _warn_of_flaws(cases: Sequence[Case]) -> str:
    """Name the first check that each case failed, and the cases after it."""
    flawed = [case for case in cases if case.failed]
    if not flawed:
        return ""
    by_flaw: dict[str, list[str]] = {}
    for case in flawed:
        published = ", as published" * (case.protocol == AS_PUBLISHED)
        by_flaw.setdefault(_first_failed(case), []).append(
            f"{title_with_seed(case, cases)}{published}"
        )
    named = " ".join(f"{flaw} ({'; '.join(titles)})." for flaw, titles in by_flaw.items())
    return f"Not to be relied on: {len(flawed)} of {counted(len(cases), 'evaluation')}. {named}"


def _first_failed(case: Case) -> str:
    more = len(case.failed) - 1
    return f"{describe_check(case.failed[0])}{f', and {more} more' if more else ''}"


def _title_group(group: ComparableCases, base: Case, level: Granularity) -> str:
    if leaks_nothing_shown(base, group):
        return "No leak was shown, even without mitigation"
    if not levels_shown(base, group):
        return "On average no leak was shown, but scores name training pairs for certain"
    lower = _lower(group, base, level)
    if lower:
        left = "a smaller leak, but a leak"
        if leaks_nothing_shown(lower[0], group):
            left = "no leak left to be seen"
        return f"{lower[0].title}: {left}"
    if not group.mitigated:
        what = "whom" if level == "identity" else "what"
        return f"The verifier gives away {what} it learned from"
    return _title_of_none(group, base, level)


def _title_of_none(group: ComparableCases, base: Case, level: Granularity) -> str:
    """Say that no affordable mitigation was shown to help, and what comes nearest to it."""
    facebones = [case for case in group.mitigated if case.mitigation == FACEBONE]
    if any(helps_only_users(case, base, level) for case in facebones):
        return "FaceBone was shown to help only where the attacker does not know of it"
    if shown_to_help(group.mitigated, base, level):
        return f"Only mitigations that may cost more than {POINT} of accuracy lower the leak"
    return "No mitigation was shown to lower the leak"


def _lower(group: ComparableCases, base: Case, level: Granularity) -> list[Case]:
    """Return the affordable mitigations that were shown to help, the least leak first."""
    return shown_to_help(affordable(group), base, level)


def _without_mitigation(base: Case, group: ComparableCases, level: Granularity) -> str:
    leak, accuracy = base.leak(level), base.get(ACCURACY)
    assert leak is not None
    targets = counted(base.facts.targets, "target")
    right = ""
    if accuracy is not None:
        right = f"; {percent_with_interval(accuracy)} of pairs are decided rightly"
    text = f"Without mitigation, over {targets}: {within(describe_leak(leak, level))}{right}."
    more = (in_hindsight(base, level), lower_bound(base, group, level))
    return " ".join(filter(None, (_of_people(base, level), text, *more)))


def _of_people(base: Case, level: Granularity) -> str:
    """Say that of people no leak was shown without mitigation, where others are spoken of."""
    area = base.leak("identity")
    if level == "identity" or area is None:
        return ""
    text = f"Without mitigation no leak of people was shown: AUC {decimal_with_interval(area)}."
    return f"{text} {in_hindsight(base, 'identity')}".strip()


def _lowest_leak(group: ComparableCases, base: Case, level: Granularity) -> str:
    """Say which affordable mitigation leaks least, of how many, and what that costs."""
    cheap = affordable(group)
    if not cheap:
        return ""
    best = next(iter(_lower(group, base, level)), cheap[0])
    leak, change = best.leak(level), leak_change(best, base, level)
    accuracy, cost = best.get(ACCURACY), accuracy_change(best, group)
    assert leak is not None
    assert change is not None
    assert accuracy is not None
    assert cost is not None
    shown = "" if _lower(group, base, level) else ", not shown to be lower"
    return (
        f"Of {counted(len(group.mitigated), 'mitigation')} tried, {len(cheap)} "
        f"{'costs' if len(cheap) == 1 else 'cost'} at most {POINT} of accuracy; of these the "
        f"lowest leak of {LEVEL_WORDS[level]}: {best.title}, AUC {decimal_with_interval(leak)}, "
        f"difference {difference_with_interval(change)}{shown}; "
        f"{percent_in_text(accuracy.value)} decided rightly, {points_with_interval(cost)}."
    )


def _list_leaks(group: ComparableCases, level: Granularity) -> str:
    leaks = [
        f"{case.title}: AUC {decimal_with_interval(leak)}"
        for case in group.sound
        if (leak := case.leak(level))
    ]
    certain = name_certain(group.sound)
    listed = f"Of {LEVEL_WORDS[level]}: {'. '.join(leaks)}." if leaks else "No leak was measured."
    return f"{certain} {listed}".strip()
