"""Findings about the number of poison samples that an attack needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from faceaudit.records.backdoor import SUCCESS
from faceaudit.report.backdoor.attack_series import SampleCount, Series
from faceaudit.report.backdoor.trainings import (
    FEWEST,
    caution,
    over_trainings,
    remedy,
)
from faceaudit.report.backdoor.verdicts import CROSSING, hold, reaches, stays_below
from faceaudit.report.numbers import SPACE, count, counted, listed, percent_in_text
from faceaudit.types import Estimate

GOAL = f"{CROSSING:.0%}".replace("%", f"{SPACE}%")
"""`CROSSING` in words."""

Measured = tuple[SampleCount, Estimate]


def samples_needed(series: Series) -> str:
    """Say from which number of poison samples on success is at least 90 %.

    Numbers that were run in fewer than three trainings get no verdict; what was measured is said.
    """
    known = [(level, rate) for level in series.levels if (rate := level.get(SUCCESS)) is not None]
    if not known:
        return "Not known: success was not measured at any number of samples."
    judged = [measured for measured in known if measured[0].trainings >= FEWEST]
    unjudged = [measured for measured in known if measured[0].trainings < FEWEST]
    if not judged:
        return f"No verdict. {_without_verdict(unjudged, remedy(series))}"
    text = _judge(judged, fewest_tried=known[0][0].samples)
    return f"{text} {_without_verdict(unjudged, remedy(series))}" if unjudged else text


def size_verdict(series: Series) -> tuple[str, str]:
    """Return the verdict on how many samples an attack needs, and the figures that it rests on.

    The verdict is worded alike for all attacks that it holds for.
    """
    known = [(level, rate) for level in series.levels if (rate := level.get(SUCCESS)) is not None]
    judged = [measured for measured in known if measured[0].trainings >= FEWEST]
    if not judged:
        verdict = f"No verdict: fewer than {FEWEST} trainings" if known else "Not measured"
        return verdict, _list_briefly(known)
    outcome, found = _decide(judged)
    if outcome == "reached":
        return f"At least {GOAL} reached", counted(found[0][0].samples, "poison sample")
    if outcome == "as without poison":
        return f"At least {GOAL}, but not shown to be more than without poison", _list_briefly(
            found
        )
    if outcome == "open":
        return f"Not decided: the interval reaches to both sides of {GOAL}", _list_briefly(known)
    return f"Stays below {GOAL}", _list_briefly(judged)


def _list_briefly(measured: Sequence[Measured]) -> str:
    rates = [
        f"{percent_in_text(rate.value)}{SPACE}with{SPACE}{count(level.samples)}"
        for level, rate in measured
    ]
    return listed(rates, most=9)


Outcome = Literal["reached", "as without poison", "open", "below"]


def _decide(judged: Sequence[Measured]) -> tuple[Outcome, Sequence[Measured]]:
    """Return the outcome of numbers of samples run often enough, and those that it rests on."""
    above = [(level, rate) for level, rate in judged if reaches(level)]
    reached = [(level, rate) for level, rate in above if hold(level).over]
    open_ = [(level, rate) for level, rate in judged if not stays_below(level)]
    if reached:
        return "reached", reached
    if above:
        return "as without poison", above
    return ("open", open_) if open_ else ("below", judged)


def _without_verdict(measured: Sequence[Measured], option: str) -> str:
    """Say what was measured in too few trainings, and how to run more."""
    by_trainings: dict[int, list[Measured]] = {}
    for level, rate in measured:
        by_trainings.setdefault(level.trainings, []).append((level, rate))
    return " ".join(
        f"Measured {_list_rates(group)} ({caution(trainings, option)})."
        for trainings, group in sorted(by_trainings.items())
    )


def _list_rates(measured: Sequence[Measured]) -> str:
    rates = [
        f"{percent_in_text(rate.value)} with {count(level.samples)}" for level, rate in measured
    ]
    samples = (
        "poison sample" if [level.samples for level, _ in measured] == [1] else "poison samples"
    )
    return f"{listed(rates, most=9)} {samples}"


def _judge(judged: Sequence[Measured], *, fewest_tried: int) -> str:
    """Say where success reaches 90 %, of numbers of samples that were run often enough."""
    tried = f"judged: {listed([count(level.samples) for level, _ in judged], most=9)}"
    outcome, found = _decide(judged)
    level, rate = found[0]
    if outcome == "reached":
        return _describe_reached(judged, level, rate, tried=tried, fewest_tried=fewest_tried)
    if outcome == "as without poison":
        return (
            f"Success is at least {GOAL} with {counted(level.samples, 'poison sample')} ({tried}), "
            f"{over_trainings(level, SUCCESS, rate)}, but was not shown to be more than without "
            "poison."
        )
    if outcome == "open":
        return (
            f"Not decided ({tried}): the interval reaches to both sides of {GOAL} with "
            f"{_list_with_intervals(found)}. More trainings would tell."
        )
    return (
        f"Success stays below {GOAL} with up to {count(judged[-1][0].samples)} poison samples "
        f"({tried}); {_describe_highest(judged)}."
    )


def _describe_reached(
    judged: Sequence[Measured], level: SampleCount, rate: Estimate, *, tried: str, fewest_tried: int
) -> str:
    text = (
        f"Success reaches {GOAL} with {counted(level.samples, 'poison sample')} ({tried}): "
        f"{over_trainings(level, SUCCESS, rate)}"
    )
    if level.samples == fewest_tried > 1:
        text = f"{text}; the fewest tried, so that fewer may do"
    others = [other for other, _ in judged if other is not level]
    open_ = [
        count(other.samples)
        for other in others
        if not stays_below(other) and not (reaches(other) and hold(other).over)
    ]
    fell = [
        count(other.samples)
        for other in others
        if other.samples > level.samples and stays_below(other)
    ]
    text = f"{text}. With {listed(open_)} it is not decided." if open_ else f"{text}."
    return f"{text} With {listed(fell)} it is below again." if fell else text


def _list_with_intervals(measured: Sequence[Measured]) -> str:
    rates = [
        f"{count(level.samples)}, {over_trainings(level, SUCCESS, rate)}{_every_training(level)}"
        for level, rate in measured
    ]
    return listed(rates, most=9)


def _every_training(level: SampleCount) -> str:
    """Say where every training measured 90 % or more, although the interval begins below."""
    high = all(rate.value >= CROSSING for rate in level.single(SUCCESS))
    return f"; every training gave {GOAL} or more" if high else ""


def _describe_highest(judged: Sequence[Measured]) -> str:
    level, rate = max(judged, key=lambda measured: measured[1].value)
    with_samples = f"{over_trainings(level, SUCCESS, rate)}, with {count(level.samples)}"
    if len(judged) == 1:
        return f"measured {with_samples}"
    return f"the highest of {len(judged)} numbers judged was {with_samples}"
