"""Intervals for proportions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import Estimate

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

ROOT_GAP = 1e-9


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
    value = successes / trials
    return Estimate(
        value, *wilson_ends(value, trials, z_of(level)), trials, f"wilson {level * 100:g} %"
    )


def wilson_ends(value: float, trials: float, z: float) -> tuple[float, float]:
    """Return the ends of `wilson`, z standard errors wide, for trials that need be no whole number.

    >>> low, high = wilson_ends(0.5, 10.5, 1.96)
    >>> round(low, 3), round(high, 3)
    (0.241, 0.759)
    """
    part = z * z / trials
    centre = (value + part / 2) / (1 + part)
    reach = math.sqrt(part * value * (1 - value) + part * part / 4) / (1 + part)
    return max(0.0, min(value, centre - reach)), min(1.0, max(value, centre + reach))


def wilson_trials(estimate: Estimate, level: float = 0.95) -> float:
    """Return how many trials would give Wilson's interval the width of an estimate's.

    >>> round(wilson_trials(wilson(33, 57)), 6), round(wilson_trials(wilson(57, 57)), 6)
    (57.0, 57.0)
    """
    z = z_of(level)
    half, spread = (estimate.high - estimate.low) / 2, estimate.value * (1 - estimate.value)
    if half >= 0.5:
        return ROOT_GAP
    # The half width h of n trials solves h^2 (1 + p)^2 = p v + p^2 / 4 with p = z^2 / n.
    square, linear = 0.25 - half * half, spread - 2 * half * half
    part = (math.sqrt(linear * linear + 4 * square * half * half) - linear) / (2 * square)
    return z * z / max(part, ROOT_GAP)


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
