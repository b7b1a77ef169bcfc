"""Findings about wrong keys: a verdict over keys, and each key's own rate beside."""

from __future__ import annotations

from collections.abc import Mapping

from faceaudit.audit.backdoor.pooling import success_difference
from faceaudit.metrics import student_mean
from faceaudit.records.backdoor import NULL, SUCCESS, WRONG_KEY, WRONG_KEY_NULL, of_key
from faceaudit.report.backdoor.attack_series import SampleCount, Series
from faceaudit.report.backdoor.trainings import scope
from faceaudit.report.backdoor.verdicts import beats, hold
from faceaudit.report.elements import reason_of
from faceaudit.report.numbers import (
    counted,
    interval_name,
    listed,
    percent_in_text,
    percent_interval,
)
from faceaudit.types import Estimate

CLOSE = 0.1
"""A wrong key works as often as the right one if it is rarer by at most this, by its interval."""


def wrong_key(series: Series, level: SampleCount) -> str:
    """Say whether the back door opens to keys that it was not made for."""
    right, wrong = level.get(SUCCESS), level.get(WRONG_KEY)
    if wrong is None:
        return f"Not measured: {reason_of(level.figure(WRONG_KEY))}."
    rate = over_keys(level, wrong)
    if right is None or level.get(NULL) is None:
        return f"Taken for the target in {rate}; with nothing to hold it against."
    if not (held := hold(level)).above and not held.over:
        return (
            "The right key was not shown to work, so there is no back door for a wrong one to "
            f"open; wrong ones were taken for the target in {rate}."
        )
    if not (opening := opening_keys(level)):
        return f"{_describe_none_opens(level, wrong)}{_describe_elsewhere(series)}"
    if len(opening) < len(_rates(level)):
        return _describe_some_open(level, opening, wrong)
    return _describe_all_open(level, right, wrong)


def wrong_key_verdict(level: SampleCount) -> tuple[str, str]:
    """Return the verdict on other keys than the right one, and the figure behind it."""
    right, wrong = level.get(SUCCESS), level.get(WRONG_KEY)
    if wrong is None:
        return "Not measured", reason_of(level.figure(WRONG_KEY))
    mean = percent_in_text(wrong.value)
    if right is None or level.get(NULL) is None:
        return "Nothing to compare with", mean
    if not (held := hold(level)).above and not held.over:
        return "No back door was shown that they could open", mean
    opening, tried = opening_keys(level), len(_rates(level))
    if not opening:
        together = wrong.value > 0 and beats(wrong, level.wrong_null())
        return (
            "Only taken together more often than without poison"
            if together
            else "Not shown to open the back door"
        ), mean
    if len(opening) < tried:
        return "Some keys that were never trained open it, too", f"{len(opening)} of {tried}"
    return "Every key of the kind that was tried opens it, too", mean


def over_keys(level: SampleCount, rate: Estimate) -> str:
    """Write the mean over wrong keys with its interval over keys, and the range of single keys."""
    values = [each.value for each in _rates(level).values()]
    over = counted(len(values), "key")
    text = (
        f"{percent_in_text(rate.value)} ({interval_name(rate)} over {over} {percent_interval(rate)}"
    )
    if len(values) > 1 and min(values) < max(values):
        ends = f"{percent_in_text(min(values))} to {percent_in_text(max(values))}"
        text = f"{text}; single keys {ends}"
    return f"{text})"


def opening_keys(level: SampleCount) -> dict[str, Estimate]:
    """Return the wrong keys shown to open the back door: over trainings, or in every one."""
    return {
        key: rate
        for key, rate in _rates(level).items()
        if hold(level, of_key(WRONG_KEY, key), of_key(WRONG_KEY_NULL, key), NULL).shown
    }


def _rates(level: SampleCount) -> Mapping[str, Estimate]:
    return {key: each.estimate for key, each in level.wrong_keys.items() if each.estimate}


def _describe_none_opens(level: SampleCount, wrong: Estimate) -> str:
    rate = over_keys(level, wrong)
    if wrong.value == 0:
        where = scope(level).replace("over", "in any of")
        return f"No wrong key worked {where}: {rate}."
    if beats(wrong, level.wrong_null()):
        return (
            f"Wrong keys taken together work more often than no poison {scope(level)} ({rate}), "
            "none alone was shown to."
        )
    return f"Wrong keys were not shown to work more often than no poison {scope(level)}: in {rate}."


def _describe_some_open(
    level: SampleCount, opening: Mapping[str, Estimate], wrong: Estimate
) -> str:
    worst = sorted(opening.items(), key=lambda opened: -opened[1].value)
    named = [
        f"{name} in {percent_in_text(rate.value)} ({percent_interval(rate)})"
        for name, rate in worst
    ]
    open_, tried = len(opening), len(_rates(level))
    others = f"The other {tried - open_} were" if tried - open_ > 1 else "The other was"
    return (
        f"{open_} of {tried} wrong keys {'open' if open_ > 1 else 'opens'} the back door too "
        f"{scope(level)}: {listed(named)}. {others} not shown to. All {tried}: "
        f"{over_keys(level, wrong)}."
    )


def _describe_all_open(level: SampleCount, right: Estimate, wrong: Estimate) -> str:
    compared = f"in {over_keys(level, wrong)} against {percent_in_text(right.value)}"
    if len(_rates(level)) == 1:
        return (
            f"The one wrong key that was tried opens the back door too {scope(level)}, {compared}; "
            "one key does not stand for others."
        )
    leads = _leads(level, right, wrong)
    where = f"Every wrong key that was tried opens the back door too {scope(level)}"
    if all(lead.low > 0 for lead in leads):
        return f"{where}, though less often than the right one: {compared}."
    if any(lead.high > CLOSE for lead in leads):
        return f"{where}: {compared}; too few keys, tries or trainings to tell whether less often."
    return (
        f"Wrong keys open the back door as often as the right one {scope(level)}, {compared}: the "
        "system has learned any such pattern, not this key."
    )


def _leads(level: SampleCount, right: Estimate, wrong: Estimate) -> tuple[Estimate, ...]:
    """Return by how much the right key works more often: over trainings, and over wrong keys.

    In one training one estimate holds both: the interval of the wrong keys is over keys.
    """
    pairs = [
        (own.value, other.value)
        for case in level.cases
        if (own := case.figure(SUCCESS)) and (other := case.figure(WRONG_KEY))
    ]
    if len(pairs) < 2:
        return (success_difference(right, wrong),)
    by_training = [own - other for own, other in pairs]
    by_key = [right.value - rate.value for rate in _rates(level).values()]
    return tuple(student_mean(leads, bounds=(-1.0, 1.0)) for leads in (by_training, by_key))


def _describe_elsewhere(series: Series) -> str:
    """Say at which other numbers of samples wrong keys work, where none does at the main one."""
    elsewhere = [
        f"with {counted(level.samples, 'poison sample')} {len(opening)} of {len(_rates(level))} "
        f"{scope(level)}"
        for level in series.levels
        if (opening := opening_keys(level))
    ]
    return f" They worked elsewhere: {listed(elsewhere)}." if elsewhere else ""
