"""The headline of a privacy audit: what failed first, then what helps, in words."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.report.backdoor.headline import Headline
from faceaudit.report.membership.cases import (
    ACCURACY,
    ADAPTIVE,
    AS_PUBLISHED,
    CHANCE,
    Case,
    ComparableCases,
)
from faceaudit.report.membership.differences import contrast
from faceaudit.report.membership.findings import POINT, helps
from faceaudit.report.membership.recommendation import (
    affordable,
    changes,
    facebones,
    first_flaw,
    tried,
)
from faceaudit.report.numbers import counted, decimal_measured, measured, spoken
from faceaudit.types import Estimate


def privacy_headline(settings: Sequence[ComparableCases], *, warning: str, failed: int) -> Headline:
    """Choose what to say first; what failed in the validity gate is said before that.

    The first setting speaks that is no evaluation as published; without any, the one as published.

    Args:
        settings: what can be compared, evaluations as published last.
        warning: what is incomplete, or nothing.
        failed: cases that ended in an error.
    """
    flawed = [case for setting in settings for case in setting.cases if case.failed]
    gate = _gate(flawed, sum(len(setting.cases) for setting in settings))
    warning = " ".join(filter(None, (gate, warning)))
    if not settings:
        why = "Every case failed or is missing." if failed else "The store holds no case."
        return Headline(warning, "No leak was measured", why)
    setting = next((one for one in settings if one.protocol != AS_PUBLISHED), settings[0])
    if not setting.sound:
        return Headline(warning, "No figure here is to be relied on", first_flaw(setting))
    base = setting.baseline
    if base is None or base.failed or base.get(ADAPTIVE) is None:
        return Headline(warning, "Nothing to compare with", _each(setting))
    return Headline(
        warning, _title(setting, base), f"{_unprotected(base)} {_protected(setting, base)}"
    )


def _gate(flawed: Sequence[Case], total: int) -> str:
    """Name the first check that each case failed, and the cases after it."""
    if not flawed:
        return ""
    by_flaw: dict[str, list[str]] = {}
    for case in flawed:
        published = ", as published" * (case.protocol == AS_PUBLISHED)
        by_flaw.setdefault(_first(case), []).append(f"{case.title}{published}")
    named = " ".join(f"{flaw} ({'; '.join(titles)})." for flaw, titles in by_flaw.items())
    return f"Not to be relied on: {len(flawed)} of {counted(total, 'evaluation')}. {named}"


def _first(case: Case) -> str:
    more = len(case.failed) - 1
    return f"{case.failed[0].text}{f', and {more} more' if more else ''}"


def _title(setting: ComparableCases, base: Case) -> str:
    unprotected, lower = base.get(ADAPTIVE), _lower(setting, base)
    assert unprotected is not None
    if unprotected.low <= CHANCE:
        return "No leak was shown, even without mitigation"
    if not tried(setting):
        return "The verifier gives away what it learned from"
    if lower:
        leak = lower[0].get(ADAPTIVE)
        assert leak is not None
        left = "no leak left to be seen" if leak.low <= CHANCE else "a smaller leak, but a leak"
        return f"{lower[0].title}: {left}"
    return _title_of_none(setting, base)


def _title_of_none(setting: ComparableCases, base: Case) -> str:
    """Say that no affordable mitigation was shown to help, and what comes nearest to it."""
    for case in facebones(setting):
        served, knowing = changes(case, base)
        if helps(served) and not helps(knowing):
            return "FaceBone was shown to help only where the attacker does not know of it"
    if any(helps(contrast(case, ADAPTIVE, base, ADAPTIVE)) for case in tried(setting)):
        return f"Only mitigations that cost more than {POINT} of accuracy lower the leak"
    return "No mitigation was shown to lower the leak"


def _lower(setting: ComparableCases, base: Case) -> list[Case]:
    """Return the affordable mitigations that were shown to help, the least leak first."""
    return [one for one in affordable(setting) if helps(contrast(one, ADAPTIVE, base, ADAPTIVE))]


def _unprotected(base: Case) -> str:
    leak, accuracy = base.get(ADAPTIVE), base.get(ACCURACY)
    assert leak is not None
    said = f"Without mitigation the strongest attack has AUC {decimal_measured(leak)}"
    return f"{said}, where 0.5 is chance{_right(accuracy)}."


def _right(accuracy: Estimate | None) -> str:
    return "" if accuracy is None else f"; {measured(accuracy)} of pairs are decided rightly"


def _protected(setting: ComparableCases, base: Case) -> str:
    cheap = affordable(setting)
    if not cheap:
        return ""
    best = next(iter(_lower(setting, base)), cheap[0])
    leak, accuracy = best.get(ADAPTIVE), best.get(ACCURACY)
    assert leak is not None
    right = "" if accuracy is None else f", with {spoken(accuracy.value)} decided rightly"
    return (
        f"The lowest at a cost of at most {POINT} of accuracy: {best.title}, AUC "
        f"{decimal_measured(leak)} to an attacker who knows of it{right}."
    )


def _each(setting: ComparableCases) -> str:
    said = [
        f"{case.title}: AUC {decimal_measured(leak)}"
        for case in setting.sound
        if (leak := case.get(ADAPTIVE))
    ]
    return f"{'. '.join(said)}." if said else "No leak was measured."
