"""Which classes stand out among all of a network, by the largest gap, and with what chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.types import Float64Array, IntArray

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

MOST = 5
"""How many classes may stand out together: targets of one back door each."""
TAIL = 20
"""How many of the largest values, at most, tell how such values thin out."""
FEWEST = 8
"""Values above 0 below which nothing tells that."""


@dataclass(frozen=True, eq=False)
class StandingOut:
    """Classes above the largest gap.

    Attributes:
        classes: (J,) those above it, the largest value first.
        ratio: of the smallest value above the gap to the largest below it.
        chance: (K,) for those above it, the chance of so large a gap anywhere among the `MOST`
            largest where no class is apart from the others; 1 for all others.
    """

    classes: IntArray
    ratio: float
    chance: Float64Array


def stand_out(values: Float64Array) -> StandingOut | None:
    """Return which of the largest values are apart from all others, cut at the largest gap.

    The null: the largest values are those of one distribution with a tail that falls as a power
    (Pareto's). With the values in falling order, v_1 to v_m, the normalised gaps
    D_i = i log(v_i / v_(i+1)) are then independent and exponential with one mean (Renyi 1953, Acta
    Mathematica Hungarica 4:191), so that D_j divided by the mean of the m - j - 1 gaps below it
    follows F with 2 and 2 (m - j - 1) degrees of freedom. The cut is at the largest ratio
    v_j / v_(j+1) with j up to `MOST`; its chance is multiplied by how many were looked at
    (Bonferroni). A tail that falls faster than a power makes the test say less, not more.

    Args:
        values: (K,) one a class, not negative; larger is more suspicious.

    Returns:
        None where fewer than `FEWEST` values are above 0.

    >>> values = np.array([9.0, *(3.0 / rank**0.1 for rank in range(1, 30))])
    >>> found = stand_out(values)
    >>> found.classes.tolist(), round(found.ratio, 6), bool(found.chance[0] < 0.01)
    ([0], 3.0, True)
    """
    order = np.argsort(-values, kind="stable")
    ranked = values[order]
    tail = min(int(np.count_nonzero(ranked > 0)), TAIL, max(FEWEST, len(values) // 2))
    if tail < FEWEST:
        return None
    gaps = np.log(ranked[: tail - 1] / ranked[1:tail])
    looked_at = min(MOST, tail // 3)
    last = int(gaps[:looked_at].argmax())
    normalised = gaps * np.arange(1.0, tail)
    chance = np.ones(len(values))
    chance[order[: last + 1]] = min(1.0, looked_at * _chance(normalised, last))
    return StandingOut(order[: last + 1], float(np.exp(gaps[last])), chance)


def chance_among(ratio: float, clean: Sequence[float]) -> float:
    """Return the chance of so large a ratio, given those of networks without a back door.

    The null is that of `stand_out`: the gaps looked at, log(v_i / v_(i+1)), are independent and
    exponential with means g / i, and all networks have one g. The largest of n of them is then
    below x with the chance prod_i (1 - exp(-i x / g)). g is not known: with the density 1 / g
    beforehand, the chance of a further network is averaged over what R networks leave of g
    (numerically). For scales that is the frequentist chance (Severini, Mukerjee, Ghosh 2002,
    Biometrika 89:952); of one gap each, it is (1 + log(ratio) / sum of their logarithms) ** -R.

    How many gaps each network's people let be looked at is not asked: the fewest there may be for
    those without a back door and the most for the other, which makes the chance larger, if
    anything.

    Args:
        ratio: at the largest gap, at least 1.
        clean: the same of reference networks, at least one.

    >>> round(chance_among(4.0, [1.2, 1.3, 1.25, 1.1]), 4)
    0.0053
    """
    gaps = np.log(np.asarray(clean, dtype=np.float64))
    reach = float(np.log(ratio))
    mean = float(gaps.mean())
    if mean <= 0 or reach <= 0:  # where no other network has a gap, they tell nothing of gaps
        return 1.0
    scales = mean * np.geomspace(1e-3, 1e3, 401)
    seen = np.maximum(gaps, 1e-3 * mean)[:, None] / scales
    likely = (_log_density(seen, FEWEST // 3) - np.log(scales)).sum(axis=0)
    weights = np.exp(likely - likely.max())
    beyond = -np.expm1(_log_below(reach / scales, MOST))
    return float((weights * beyond).sum() / weights.sum())


def _log_below(reach: Float64Array, gaps: int) -> Float64Array:
    """Return the log of the chance that the largest of so many gaps is below, with g = 1."""
    rates = np.arange(1, gaps + 1)
    below: Float64Array = np.log(-np.expm1(-np.multiply.outer(reach, rates))).sum(axis=-1)
    return below


def _log_density(reach: Float64Array, gaps: int) -> Float64Array:
    """Return the log of the density of the largest of so many gaps, with g = 1."""
    rates = np.arange(1, gaps + 1)
    far = np.exp(-np.multiply.outer(reach, rates))
    steep = (rates * far / (1 - far)).sum(axis=-1)
    # Where the gap is far larger than g, the density is 0 and so is its weight.
    with np.errstate(divide="ignore"):
        density: Float64Array = _log_below(reach, gaps) + np.log(steep)
    return density


def _chance(normalised: Float64Array, place: int) -> float:
    """Return the chance of one normalised gap among those below it."""
    gap, below = float(normalised[place]), normalised[place + 1 :]
    if gap <= 0:
        return 1.0
    mean = float(below.mean())
    return float(special.fdtrc(2, 2 * len(below), gap / mean)) if mean > 0 else 0.0
