"""Rates at a threshold that a rate of false accepts was to give, which is itself estimated.

The same for verification (TAR at a FAR), identification (TPIR at a FPIR) and membership attacks
(TPR at an FPR).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.metrics.scores import allowed
from faceaudit.types import Estimate

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

TAIL = 20
"""Highest scores by which it is told how far above them a threshold may lie."""

BEYOND = ", extrapolated: fewer than one independent false accept"

Letting = Callable[[Sequence[int]], Sequence[float]]
"""For each count, the smallest threshold that at most so many impostor scores reach."""


@dataclass(frozen=True)
class Around:
    """The thresholds between which that of a rate lies, and how many impostor scores reach them.

    `resolved` says whether of the impostor scores that count at least one is to reach it.
    """

    highest: float
    lowest: float
    fewest: int
    most: int
    resolved: bool = True


def limits_around(
    letting: Letting,
    rate: float,
    trials: int,
    *,
    effective: float | None = None,
    level: float = 0.95,
) -> Around:
    """Return between which thresholds that of a rate of false accepts lies.

    Of the scores drawn, as many as a binomial count reach the threshold at which the rate is
    exactly the one asked for; its quantiles give thresholds. A threshold that k scores reach may be
    as high as the k-th highest, and lies above the next one. Where none at all may reach it (fewer
    than 3.7 are to be expected, at 95 %), it lies above the highest score by up to what a tail that
    falls exponentially, as fast as the highest scores that count for 20, would let it: an
    assumption, and too little where the tail is heavier.

    Args:
        letting: gives the thresholds for counts of impostor scores.
        rate: asked for, in (0, 1].
        trials: impostor comparisons, or other scores that are to be rejected.
        effective: as how many independent ones they count; all when None.
        level: coverage, in (0, 1).

    >>> from faceaudit.metrics.scores import thresholds_letting
    >>> scores = np.arange(1000.0)
    >>> around = limits_around(lambda counts: thresholds_letting(scores, counts), 0.01, 1000)
    >>> round(around.lowest), round(around.highest), around.fewest, around.most
    (982, 996, 3, 17)
    """
    if rate == 1:
        return Around(-math.inf, -math.inf, trials, trials)
    count = min(trials, effective or trials)
    ends = [special.bdtrik(0.5 + side * level / 2, count, rate) for side in (-1, 1)]
    low, high = (0 if math.isnan(end) else math.ceil(end) for end in ends)
    fewest = math.floor(max(0, low - 1) * trials / count)
    most = min(trials, math.ceil(high * trials / count))
    if low:
        highest, lowest = letting([fewest, most])
        return Around(highest, lowest, fewest, most)
    tail, resolved = min(TAIL, math.floor(count / 2)), allowed(rate, trials) * count >= trials
    if not tail:
        return Around(math.inf, letting([most])[0], 0, most, resolved)
    steps = (math.floor(step * trials / count) for step in range(tail + 1))
    lowest, *top = letting([most, *steps])
    excess = float(np.mean(top[:-1])) - top[-1] if math.isfinite(top[0]) else 0.0
    beyond = max(0.0, math.log(-math.log((1 - level) / 2) / (rate * count)))
    return Around(top[0] + excess * beyond, lowest, 0, most, resolved)


def share_at_own_threshold(
    count: int, trials: int, *, effective: float | None = None, level: float = 0.95
) -> Estimate:
    """Estimate the share that reaches a threshold put right above the next highest score.

    The threshold is an order statistic, so that the share beyond it has a beta distribution with
    count + 1 and trials - count, whatever the scores' own. `n` counts the trials.

    >>> found = share_at_own_threshold(10, 1000)
    >>> round(found.low, 4), found.value, round(found.high, 4)
    (0.0055, 0.01, 0.0183)
    """
    value, method = count / trials, f"order statistic {level * 100:g} %"
    if count == trials:
        return Estimate(1.0, 1.0, 1.0, trials, method)
    part = min(1.0, (effective or trials) / trials)
    ends = [
        float(special.betaincinv(count * part + 1, (trials - count) * part, 0.5 + side * level / 2))
        for side in (-1, 1)
    ]
    return Estimate(value, min(value, ends[0]), max(value, ends[1]), trials, method)


def add_threshold(
    estimate: Estimate, at_highest: float, at_lowest: float, *, resolved: bool = True
) -> Estimate:
    """Return a rate whose interval holds the threshold's spread, too.

    What the rate is at the thresholds of `limits_around` is added in squares to either side (Zou,
    Donner 2008, "Construction of confidence limits about effect measures", Statistics in Medicine
    27:1693). Where these are not `resolved` the method says that they are extrapolated.

    >>> add_threshold(Estimate(0.9, 0.87, 0.92, 100, "wilson 95 %"), 0.86, 0.9).low
    0.85
    """
    below = math.hypot(estimate.value - estimate.low, max(0.0, estimate.value - at_highest))
    above = math.hypot(estimate.high - estimate.value, max(0.0, at_lowest - estimate.value))
    return Estimate(
        estimate.value,
        # What is added never narrows, and sums of rounded numbers would by their last digit.
        min(estimate.low, max(0.0, estimate.value - below)),
        max(estimate.high, min(1.0, estimate.value + above)),
        estimate.n,
        f"{estimate.method}, threshold's spread added in squares{'' if resolved else BEYOND}",
    )


def exact_rate(share: float, trials: int, least: int) -> int:
    """Return how many of the trials may be false accepts at a rate that was asked for."""
    if not 0 < share <= 1:
        raise InputError(f"expected a rate above 0 and up to 1, got {share}")
    if least < 1:
        raise InputError(f"expected at least one false accept to allow for, got least={least}")
    return allowed(share, trials) if trials else 0


def too_few_message(share: float, trials: int, least: int, what: str) -> str:
    """Say why so few trials cannot resolve a rate."""
    needed = math.ceil(least / share)
    return f"expected at least {needed:,} {what} for a rate of {share:g}, got {trials:,}"
