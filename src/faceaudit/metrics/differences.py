"""Intervals for the difference of two proportions."""

from __future__ import annotations

import math

from faceaudit.errors import InputError
from faceaudit.metrics.intervals import wilson
from faceaudit.types import Estimate


def newcombe(
    successes: int,
    trials: int,
    other_successes: int,
    other_trials: int,
    level: float = 0.95,
) -> Estimate:
    """Estimate `successes / trials - other_successes / other_trials`, two unrelated groups.

    Newcombe 1998, "Interval estimation for the difference between independent proportions",
    Statistics in Medicine 17:873, method 10: the ends of the two Wilson intervals, added in
    squares. A positive value says that the first group succeeds more often. `n` counts the trials
    of the smaller group.

    Raises:
        InputError: no trial in a group, or values out of range.

    >>> difference = newcombe(56, 70, 48, 80)
    >>> f"{difference.value:.4f} {difference.low:.4f} {difference.high:.4f}"
    '0.2000 0.0524 0.3339'
    """
    return _combine(
        wilson(successes, trials, level), wilson(other_successes, other_trials, level), 0.0, level
    )


def newcombe_paired(
    both: int, only_first: int, only_second: int, neither: int, level: float = 0.95
) -> Estimate:
    """Estimate by how much the first of two successes is more frequent on the same trials.

    Newcombe 1998, "Improved confidence intervals for the difference between binomial proportions
    based on paired data", Statistics in Medicine 17:2635, method 10: as for unrelated groups, less
    what the two have in common (their phi coefficient, corrected for continuity). `n` counts the
    pairs.

    Args:
        both: trials in which both succeeded.
        only_first: trials in which only the first succeeded.
        only_second: trials in which only the second succeeded.
        neither: trials in which neither succeeded.
        level: coverage, in (0, 1).

    Raises:
        InputError: no trial, or values out of range.

    >>> difference = newcombe_paired(36, 12, 2, 0)
    >>> f"{difference.value:.4f} {difference.low:.4f} {difference.high:.4f}"
    '0.2000 0.0569 0.3404'
    """
    cells = (both, only_first, only_second, neither)
    if min(cells) < 0:
        raise InputError(f"expected counts of trials, got {cells}")
    pairs = sum(cells)
    first = wilson(both + only_first, pairs, level)
    second = wilson(both + only_second, pairs, level)
    return _combine(
        first, second, _correlate_answers(*cells), level, (only_first - only_second) / pairs
    )


def _combine(
    first: Estimate, second: Estimate, phi: float, level: float, value: float | None = None
) -> Estimate:
    value = first.value - second.value if value is None else value
    below = _reach(first.value - first.low, second.high - second.value, phi)
    above = _reach(first.high - first.value, second.value - second.low, phi)
    return Estimate(
        value=value,
        low=max(-1.0, value - below),
        high=min(1.0, value + above),
        n=min(first.n, second.n),
        method=f"newcombe {level * 100:g} %",
    )


def _reach(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))


def _correlate_answers(both: int, only_first: int, only_second: int, neither: int) -> float:
    margins = (
        (both + only_first)
        * (only_second + neither)
        * (both + only_second)
        * (only_first + neither)
    )
    if margins == 0:
        return 0.0
    agreement = float(both * neither - only_first * only_second)
    if agreement > 0:
        agreement = max(0.0, agreement - (both + only_first + only_second + neither) / 2)
    return agreement / math.sqrt(margins)
