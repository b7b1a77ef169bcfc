"""Findings about an attack, in words; each sentence follows from an interval by a rule here."""

from __future__ import annotations

from faceaudit.audit.backdoor.pooling import success_difference
from faceaudit.records.backdoor import CLEAN, NULL, PRISTINE, SUCCESS, WRONG_KEY
from faceaudit.report.backdoor.attack_series import SampleCount, Series, beats
from faceaudit.report.elements import Finding, reason_of
from faceaudit.report.numbers import (
    SPACE,
    count,
    counted,
    interval_name,
    listed,
    percent,
    percent_in_text,
    percent_interval,
    percent_with_interval,
    points_with_interval,
)
from faceaudit.types import Estimate, successes

CROSSING = 0.9
"""The success rate that an attack is to reach."""
GOAL = f"{CROSSING:.0%}".replace("%", f"{SPACE}%")
"""`CROSSING` in words."""
MARGIN = 0.02
"""Clean accuracy that an attack may cost and still be said to leave it as it was."""
CLOSE = 0.1
"""A wrong key works as often as the right one if it is rarer by at most this, by its interval."""
COPIES = (
    "All tries are copies of one photo under noise; they say little about other photos of the "
    "attacker."
)


def findings(series: Series) -> tuple[Finding, ...]:
    """Say what was found about one attack."""
    level = series.main
    if level is None:
        return (Finding("Not measured", f"Every case failed: {series.errors}."),)
    result = [
        Finding("Success", success(level)),
        Finding("Samples needed", crossing(series)),
        Finding("Clean accuracy", accuracy(level)),
        Finding("Wrong key", f"{wrong_key(level)}{_wrong_keys_elsewhere(series, level)}"),
    ]
    if series.failed:
        result.append(Finding("Failed", f"{counted(len(series.failed), 'case')} failed."))
    return tuple(result)


def success(level: SampleCount) -> str:
    """Say how often the attack succeeds, and whether that is more than without poison."""
    rate, null = level.get(SUCCESS), level.get(NULL)
    samples = counted(level.samples, "poison sample")
    if rate is None:
        return f"With {samples}: not measured, {reason_of(level.figure(SUCCESS))}."
    tries = counted(rate.n, "try", "tries")
    text = (
        f"With {samples}, {percent_with_interval(rate)} of {tries}{pooled(level)} are taken for "
        "the target"
    )
    if null is None:
        reason = reason_of(level.figure(NULL))
        text = f"{text}; without poison it was not measured ({reason}), so the cause is open."
    elif beats(rate, null):
        text = f"{text}, against {percent_with_interval(null)} without poison: the poison works."
    else:
        text = (
            f"{text}, which cannot be told apart from {percent_with_interval(null)} without "
            "poison: the poison was not shown to work."
        )
    return (
        f"{text}{_range_over_seeds(level)}{f' {COPIES}' if level.one_photo and rate.n > 1 else ''}"
    )


def pooled(level: SampleCount) -> str:
    """Say over how many seeds a success rate is pooled."""
    seeds = len(_rates(level))
    return f" pooled over {counted(seeds, 'seed')}" if seeds > 1 else ""


def _range_over_seeds(level: SampleCount) -> str:
    rates = _rates(level)
    if len(rates) < 2:
        return ""
    if min(rates) == max(rates):
        return f" Every seed gave {percent_in_text(rates[0])}."
    return f" Single seeds gave {percent_in_text(min(rates))} to {percent_in_text(max(rates))}."


def _rates(level: SampleCount) -> list[float]:
    return [rate.value for case in level.cases if (rate := case.figure(SUCCESS)) is not None]


def crossing(series: Series) -> str:
    """Say at which number of poison samples success first reaches 90 %."""
    known = [(level.samples, rate) for level in series.levels if (rate := level.get(SUCCESS))]
    if not known:
        return "Not known: success was not measured at any number of samples."
    tried = f"tried: {listed([count(samples) for samples, _ in known], most=9)}"
    reached = [(samples, rate) for samples, rate in known if rate.value >= CROSSING]
    if not reached:
        samples, best = max(known, key=lambda measured: measured[1].value)
        return (
            f"Success did not reach {GOAL} with up to {count(known[-1][0])} poison samples "
            f"({tried}); the highest was {percent_with_interval(best)}, with {count(samples)}."
        )
    samples, rate = reached[0]
    text = f"Success crosses {GOAL} at {counted(samples, 'poison sample')} ({tried})"
    if samples == known[0][0] > 1:
        text = f"{text}, the fewest tried, so that fewer may do"
    if rate.low >= CROSSING:
        text = (
            f"{text}. Its whole {interval_name(rate)}, {percent_interval(rate)}, lies above {GOAL}."
        )
    else:
        text = f"{text}. Its {interval_name(rate)}, {percent_interval(rate)}, reaches below {GOAL}."
    fell = [count(more) for more, later in known if more > samples and later.value < CROSSING]
    return f"{text} With {listed(fell)} it was below again." if fell else text


def accuracy(level: SampleCount) -> str:
    """Say what the attack costs on clean photos, beside a margin of two points."""
    ours, pristine, cost = level.get(CLEAN), level.get(PRISTINE), level.cost
    if ours is None:
        return f"Not measured: {reason_of(level.figure(CLEAN))}."
    if pristine is None or cost is None:
        reason = reason_of(level.figure(PRISTINE))
        return f"{percent_with_interval(ours)}; the pristine system's was not measured ({reason})."
    compared = (
        f"{percent_in_text(ours.value)} against {percent_in_text(pristine.value)} for the pristine "
        "system"
    )
    difference = points_with_interval(cost)
    if cost.low >= -MARGIN:
        return f"Stays within 2 points of the pristine system: {compared}, {difference}."
    if cost.high < -MARGIN:
        return f"Falls by more than 2 points: {compared}, {difference}."
    if cost.value >= -MARGIN:
        verdict = (
            "Measured within 2 points of the pristine system, but the interval allows for more"
        )
    else:
        verdict = (
            "Measured more than 2 points below the pristine system, though it may be within them"
        )
    return f"{verdict}: {compared}, {difference}. More test photos would tell."


def wrong_key(level: SampleCount) -> str:
    """Say whether the back door opens to a key that it was not made for."""
    right, wrong, null = level.get(SUCCESS), level.get(WRONG_KEY), level.get(NULL)
    if wrong is None:
        return f"Not measured: {reason_of(level.figure(WRONG_KEY))}."
    tally = f"{count(successes(wrong))} of {count(wrong.n)}"
    if right is None or null is None:
        return (
            f"Worked in {tally} tries ({percent_interval(wrong)}); with nothing to hold it against."
        )
    if not beats(right, null):
        return (
            "The right key was not shown to work, so there is no back door for a wrong one to "
            f"open; they were taken for the target in {tally} tries ({percent_interval(wrong)})."
        )
    keys = {name: each.estimate for name, each in level.wrong_keys.items() if each.estimate}
    opening = {name: each for name, each in keys.items() if beats(each, level.wrong_null(name))}
    unpoisoned = level.wrong_null() or null
    if len(opening) < len(keys):
        return (
            _describe_some_open(opening, len(keys))
            if opening
            else _describe_none_opens(wrong, unpoisoned, tally)
        )
    if not beats(wrong, unpoisoned):
        return _describe_none_opens(wrong, unpoisoned, tally)
    return _describe_all_open(right, wrong, list(keys))


def _wrong_keys_elsewhere(series: Series, main: SampleCount) -> str:
    """Say at which other numbers of samples wrong keys work, where they do not at the main one."""
    if beats(main.get(WRONG_KEY), main.wrong_null()):
        return ""
    elsewhere = [
        f"with {counted(level.samples, 'poison sample')} in {percent_with_interval(wrong)}"
        for level in series.levels
        if level is not main
        and (wrong := level.get(WRONG_KEY))
        and beats(wrong, level.wrong_null())
    ]
    return f" They worked elsewhere: {listed(elsewhere)}." if elsewhere else ""


def _describe_none_opens(wrong: Estimate, null: Estimate, tally: str) -> str:
    if wrong.value == 0:
        return f"Wrong keys never worked ({tally}; at most {percent(wrong.high)})."
    rate = f"{tally} tries, {percent_with_interval(wrong)}"
    if beats(wrong, null):
        return (
            f"Wrong keys taken together work more often than no poison ({rate}), none alone does."
        )
    return f"Wrong keys were not shown to work more often than no poison: in {rate}."


def _describe_some_open(opening: dict[str, Estimate], tried: int) -> str:
    worst = sorted(opening.items(), key=lambda opened: -opened[1].value)
    named = [
        f"{name} in {percent_in_text(rate.value)} ({percent_interval(rate)})"
        for name, rate in worst
    ]
    open_, rest = len(opening), tried - len(opening)
    others = f"The other {rest} were" if rest > 1 else "The other was"
    return (
        f"{open_} of {tried} wrong keys {'open' if open_ > 1 else 'opens'} the back door too: "
        f"{listed(named)}. {others} not shown to."
    )


def _describe_all_open(right: Estimate, wrong: Estimate, keys: list[str]) -> str:
    difference = success_difference(right, wrong)
    compared = f"in {percent_with_interval(wrong)} against {percent_in_text(right.value)}"
    if difference.low > 0:
        return (
            "Every wrong key that was tried opens the back door too, though less often than the "
            f"right one: {compared}."
        )
    if difference.high > CLOSE:
        return (
            f"Every wrong key that was tried opens the back door too: {compared}; too few tries to "
            "tell whether less often."
        )
    learned = "any such pattern, not this key" if len(keys) > 1 else "more than this key"
    return (
        f"A wrong key opens the back door as often as the right one, {compared}: the system has "
        f"learned {learned}."
    )
