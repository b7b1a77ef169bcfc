"""Headline of a membership audit: checks that failed, then the mitigation that helps most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from faceaudit.records.membership import ACCURACY
from faceaudit.report.elements import Headline
from faceaudit.report.membership.cases import (
    AS_PUBLISHED,
    CHANCE,
    STRONGEST_AUC,
    Case,
    ComparableCases,
    describe_check,
    title_with_seed,
)
from faceaudit.report.membership.differences import difference
from faceaudit.report.membership.findings import POINT, helps
from faceaudit.report.membership.recommendation import (
    affordable,
    changes,
    facebones,
    first_flaw,
    tried,
)
from faceaudit.report.numbers import (
    counted,
    decimal_with_interval,
    percent_in_text,
    percent_with_interval,
)
from faceaudit.types import Estimate

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
    base = group.baseline
    if base is None or base.failed or base.get(STRONGEST_AUC) is None:
        return Headline("Nothing to compare with", _list_leaks(group))
    return Headline(
        _title_group(group, base), f"{_without_mitigation(base)} {_lowest_leak(group, base)}"
    )


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


def _title_group(group: ComparableCases, base: Case) -> str:
    unprotected, lower = base.get(STRONGEST_AUC), _lower(group, base)
    assert unprotected is not None
    if unprotected.low <= CHANCE:
        return "No leak was shown, even without mitigation"
    if not tried(group):
        return "The verifier gives away what it learned from"
    if lower:
        leak = lower[0].get(STRONGEST_AUC)
        assert leak is not None
        left = "no leak left to be seen" if leak.low <= CHANCE else "a smaller leak, but a leak"
        return f"{lower[0].title}: {left}"
    return _title_of_none(group, base)


def _title_of_none(group: ComparableCases, base: Case) -> str:
    """Say that no affordable mitigation was shown to help, and what comes nearest to it."""
    for case in facebones(group):
        non_adaptive, adaptive = changes(case, base)
        if helps(non_adaptive) and not helps(adaptive):
            return "FaceBone was shown to help only where the attacker does not know of it"
    if any(helps(difference(case, STRONGEST_AUC, base, STRONGEST_AUC)) for case in tried(group)):
        return f"Only mitigations that cost more than {POINT} of accuracy lower the leak"
    return "No mitigation was shown to lower the leak"


def _lower(group: ComparableCases, base: Case) -> list[Case]:
    """Return the affordable mitigations that were shown to help, the least leak first."""
    return [
        case
        for case in affordable(group)
        if helps(difference(case, STRONGEST_AUC, base, STRONGEST_AUC))
    ]


def _without_mitigation(base: Case) -> str:
    leak, accuracy = base.get(STRONGEST_AUC), base.get(ACCURACY)
    assert leak is not None
    text = f"Without mitigation the strongest attack has AUC {decimal_with_interval(leak)}"
    return f"{text}, where 0.5 is chance{_decided_rightly(accuracy)}."


def _decided_rightly(accuracy: Estimate | None) -> str:
    if accuracy is None:
        return ""
    return f"; {percent_with_interval(accuracy)} of pairs are decided rightly"


def _lowest_leak(group: ComparableCases, base: Case) -> str:
    cheap = affordable(group)
    if not cheap:
        return ""
    best = next(iter(_lower(group, base)), cheap[0])
    leak, accuracy = best.get(STRONGEST_AUC), best.get(ACCURACY)
    assert leak is not None
    right = "" if accuracy is None else f", with {percent_in_text(accuracy.value)} decided rightly"
    return (
        f"The lowest at a cost of at most {POINT} of accuracy: {best.title}, AUC "
        f"{decimal_with_interval(leak)} to an attacker who knows of it{right}."
    )


def _list_leaks(group: ComparableCases) -> str:
    leaks = [
        f"{case.title}: AUC {decimal_with_interval(leak)}"
        for case in group.sound
        if (leak := case.get(STRONGEST_AUC))
    ]
    return f"{'. '.join(leaks)}." if leaks else "No leak was measured."
