"""Intervals for proportions."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.types import Estimate

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")


def wilson(successes: int, trials: int, level: float = 0.95) -> Estimate:
    """Estimate a proportion with the Wilson score interval (Wilson 1927).

    The interval solves `|p - value| = z * sqrt(p * (1 - p) / n)` for p; it stays inside [0, 1] and
    has a width even when all or none succeed. `n` counts the trials.

    Args:
        successes: 0 to `trials`.
        trials: at least 1.
        level: coverage, in (0, 1).

    Raises:
        InputError: no trial (a share of nothing is unknown, not zero), or values out of range.

    >>> round(wilson(57, 57).low, 4)
    0.9369
    >>> wilson(0, 10).value
    0.0
    """
    _check(successes, trials, level)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    value = successes / trials
    centre = (value + z * z / (2 * trials)) / (1 + z * z / trials)
    reach = (
        z
        / (1 + z * z / trials)
        * math.sqrt(value * (1 - value) / trials + z * z / (4 * trials * trials))
    )
    low = max(0.0, min(value, centre - reach))
    high = min(1.0, max(value, centre + reach))
    return Estimate(value, low, high, trials, f"wilson {level * 100:g} %")


def clopper_pearson(successes: int, trials: int, level: float = 0.95) -> Estimate:
    """Estimate a proportion with the exact interval of Clopper, Pearson 1934 (Biometrika 26:404).

    Its ends are the proportions at which as few, or as many, successes have a probability of
    (1 - level) / 2: it covers at least at its level, whatever the proportion, and is wider than
    `wilson`'s. `n` counts the trials.

    Args:
        successes: 0 to `trials`.
        trials: at least 1.
        level: coverage, in (0, 1).

    Raises:
        InputError: no trial (a share of nothing is unknown, not zero), or values out of range.

    >>> found = clopper_pearson(0, 10)
    >>> found.value, found.low, round(found.high, 4)
    (0.0, 0.0, 0.3085)
    """
    _check(successes, trials, level)
    value, outside = successes / trials, (1 - level) / 2
    failures = trials - successes
    low = float(special.betaincinv(successes, failures + 1, outside)) if successes else 0.0
    high = float(special.betaincinv(successes + 1, failures, 1 - outside)) if failures else 1.0
    method = f"clopper-pearson {level * 100:g} %"
    return Estimate(value, min(value, low), max(value, high), trials, method)


def _check(successes: int, trials: int, level: float) -> None:
    if trials < 1:
        raise InputError(
            f"expected at least one trial, got {trials}; a share of nothing is unknown"
        )
    if not 0 <= successes <= trials:
        raise InputError(f"expected 0 to {trials} successes, got {successes}")
    if not 0 < level < 1:
        raise InputError(f"expected a level between 0 and 1, got {level}")
