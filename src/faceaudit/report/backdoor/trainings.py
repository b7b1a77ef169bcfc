"""Over how many trainings a figure is, in words, and what may be concluded from so many."""

from __future__ import annotations

from faceaudit.records.backdoor import SUCCESS
from faceaudit.report.backdoor.attack_series import SampleCount, Series
from faceaudit.report.numbers import (
    count,
    counted,
    interval_name,
    listed,
    percent_in_text,
    percent_interval,
)
from faceaudit.types import Estimate

FEWEST = 3
"""Trainings from which on a verdict about numbers of samples is given."""
SEEDS = "seeds: [0, 1, 2]"
SWEEP_SEEDS = "sweep_seeds: 3"
"""Options of a plan that make so many trainings: of everything, and of the sweep."""
SPREAD = "may differ by 20 points and more"
"""What another training does: success of the same attack had a standard deviation of 17 to 25
points over trainings that differed in their first weights and in the order of photos."""


def trainings_in_words(number: int) -> str:
    """Write a number of trainings: `one training`, `3 trainings`."""
    return "one training" if number == 1 else counted(number, "training")


def caution(number: int, option: str = SEEDS) -> str:
    """Say why fewer than three trainings allow no verdict, and what to run; no full stop.

    >>> caution(1)
    'one training; another may differ by 20 points and more: run with seeds: [0, 1, 2]'
    """
    another = "another" if number == 1 else "a further one"
    return f"{trainings_in_words(number)}; {another} {SPREAD}: run with {option}"


def remedy(series: Series) -> str:
    """Return the option that gives more trainings of what a series ran too seldom."""
    main = series.main
    return SWEEP_SEEDS if main is not None and main.trainings >= FEWEST else SEEDS


def caution_of(series: Series, level: SampleCount) -> str:
    """Return the caution of a level as a sentence; nothing from three trainings on."""
    if level.trainings >= FEWEST:
        return ""
    text = caution(level.trainings, remedy(series))
    return f" {text[0].upper()}{text[1:]}."


def scope(level: SampleCount, metric: str = SUCCESS) -> str:
    """Say what a level's figure is about: `in this training`, or `over 3 trainings`."""
    number = len(level.single(metric))
    return "in this training" if number <= 1 else f"over {trainings_in_words(number)}"


def over_trainings(level: SampleCount, metric: str, rate: Estimate) -> str:
    """Write a share of a level with its interval, and say so where that is over trainings."""
    number = len(level.single(metric))
    over = f" over {trainings_in_words(number)}" if number > 1 else ""
    share = percent_in_text(rate.value)
    return f"{share} ({interval_name(rate)}{over} {percent_interval(rate)})"


def success_rate(level: SampleCount, metric: str, rate: Estimate) -> str:
    """Write success, or its null; one training with copies of one photo has no interval."""
    if level.one_photo and level.trainings == 1:
        return percent_in_text(rate.value)
    return over_trainings(level, metric, rate)


def single_rates(level: SampleCount) -> str:
    """Say what each training gave; nothing when there was only one."""
    rates = [rate.value for rate in level.single(SUCCESS)]
    if len(rates) < 2:
        return ""
    if min(rates) == max(rates):
        return f" Every training gave {percent_in_text(rates[0])}."
    if len(rates) == 2:
        return f" They gave {listed([percent_in_text(rate) for rate in sorted(rates)])}."
    return f" Single trainings gave {percent_in_text(min(rates))} to {percent_in_text(max(rates))}."


def tries(level: SampleCount) -> str:
    """Write how many instances each training was tried with, and whom they show."""
    each = " in each training" if level.trainings > 1 else ""
    number = level.attack.instances
    if level.one_photo and number > 1:
        return f"{counted(number, 'copy', 'copies')} of one photo{each}"
    fewest, most = level.people
    people = "one person" if most == 1 else f"{_between(fewest, most)} people"
    return f"{counted(number, 'try', 'tries')} on photos of {people}{each}"


def _between(fewest: int, most: int) -> str:
    return count(most) if fewest == most else f"{count(fewest)} to {count(most)}"
