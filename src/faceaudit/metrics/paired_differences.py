"""Differences of two figures that were measured on several targets, or with several seeds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.metrics.student_mean import student_mean
from faceaudit.types import Estimate

if TYPE_CHECKING:
    from scipy import stats
else:
    stats = deferred("scipy.stats")

LEVEL = 0.95


def paired_difference(
    first: Estimate,
    second: Estimate,
    values: Mapping[int, float],
    other_values: Mapping[int, float],
    *,
    models: int | None = None,
) -> Estimate:
    """Estimate a figure less another one, each measured on several targets, or with several seeds.

    Targets that both have are taken as pairs, with Student's interval of their differences; with
    fewer than two of those, the ends of both intervals are added in squares (Zou, Donner 2008,
    "Construction of confidence limits about effect measures", Statistics in Medicine 27:1693),
    which takes the figures as unrelated. `n` counts the pairs, or the smaller n.

    Args:
        first: the one figure, over all of its targets.
        second: the other.
        values: the values of the one, by target or seed.
        other_values: the values of the other.
        models: M, where the targets are T of M models of which each is attacked with all others as
            shadows. Two targets' differences then share what each has of the other as a shadow, as
            the figures themselves do, and the interval is as much wider as in `student_mean`; only
            differences that are all 0 stay as they are. None for seeds, and figures without
            shadows.

    >>> one, other = (Estimate(x, x - 0.1, x + 0.1, 9, "student 95 %") for x in (0.6, 0.5))
    >>> less = paired_difference(one, other, {}, {})
    >>> round(less.value, 2), round(less.low, 3), less.method
    (0.1, -0.041, 'zou-donner 95 %')
    """
    both = sorted(values.keys() & other_values.keys())
    if len(both) > 1:
        differences = np.array([values[key] - other_values[key] for key in both])
        if models is None or not differences.any():
            return _average_differences(differences)
        return student_mean(differences, LEVEL, bounds=(-1.0, 1.0), models=models)
    value = first.value - second.value
    below = math.hypot(first.value - first.low, second.high - second.value)
    above = math.hypot(first.high - first.value, second.value - second.low)
    return _bounded(value, value - below, value + above, min(first.n, second.n), "zou-donner")


def _average_differences(differences: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Estimate:
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
