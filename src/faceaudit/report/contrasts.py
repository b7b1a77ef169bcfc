"""By how much a figure of one case differs from that of another, with an interval."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from faceaudit.report.privacy_cases import Case
from faceaudit.types import Estimate

LEVEL = 0.95


def contrast(case: Case, metric: str, other: Case, other_metric: str) -> Estimate | None:
    """Estimate a figure of `case` less a figure of `other`; None where either is unknown.

    Seeds that both have are taken as pairs, with Student's interval of their differences; with
    fewer than two of those, the ends of both intervals are added in squares (Zou, Donner 2008,
    "Construction of confidence limits about effect measures", Statistics in Medicine 27:1693),
    which takes the cases as unrelated. `n` counts the pairs, or the smaller n.

    Args:
        case: the one.
        metric: its figure.
        other: the other.
        other_metric: that one's figure.
    """
    first, second = case.get(metric), other.get(other_metric)
    if first is None or second is None:
        return None
    mine, theirs = case.by_seed(metric), other.by_seed(other_metric)
    seeds = sorted(mine.keys() & theirs.keys())
    if len(seeds) > 1:
        return _paired(np.array([mine[seed] - theirs[seed] for seed in seeds]))
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
