"""The difference of two figures that were measured under several seeds."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy import stats

from faceaudit.types import Estimate

LEVEL = 0.95


def difference_over_seeds(
    first: Estimate,
    second: Estimate,
    by_seed: Mapping[int, float],
    other_by_seed: Mapping[int, float],
) -> Estimate:
    """Estimate a figure less another one, each measured under several seeds.

    Seeds that both have are taken as pairs, with Student's interval of their differences; with
    fewer than two of those, the ends of both intervals are added in squares (Zou, Donner 2008,
    "Construction of confidence limits about effect measures", Statistics in Medicine 27:1693),
    which takes the figures as unrelated. `n` counts the pairs, or the smaller n.

    Args:
        first: the one figure, over all of its seeds.
        second: the other.
        by_seed: the values of the one, by seed.
        other_by_seed: the values of the other.

    >>> one, other = (Estimate(x, x - 0.1, x + 0.1, 9, "student 95 %") for x in (0.6, 0.5))
    >>> found = difference_over_seeds(one, other, {}, {})
    >>> round(found.value, 2), round(found.low, 3), found.method
    (0.1, -0.041, 'zou-donner 95 %')
    """
    seeds = sorted(by_seed.keys() & other_by_seed.keys())
    if len(seeds) > 1:
        return _paired(np.array([by_seed[seed] - other_by_seed[seed] for seed in seeds]))
    value = first.value - second.value
    below = math.hypot(first.value - first.low, second.high - second.value)
    above = math.hypot(first.high - first.value, second.value - second.low)
    return _bounded(value, value - below, value + above, min(first.n, second.n), "zou-donner")


def _paired(differences: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Estimate:
    count = len(differences)
    value = float(differences.mean())
    error = float(differences.std(ddof=1)) / math.sqrt(count)
    reach = float(stats.t.ppf(0.5 + LEVEL / 2, count - 1)) * error
    return _bounded(value, value - reach, value + reach, count, "student")


def _bounded(value: float, low: float, high: float, n: int, method: str) -> Estimate:
    return Estimate(
        value=value,
        low=min(value, max(-1.0, low)),
        high=max(value, min(1.0, high)),
        n=n,
        method=f"{method} {LEVEL * 100:g} %",
    )
