"""The area under the ROC curve of pairs that share people, with DeLong's variance.

For pairs whose people are all connected by shared pairs, so that no clusters apart can be told: the
gate's lists, and the comparisons of a verification. Where records fall into clusters that share
nothing, such as an audit's blocks of people, `membership_auc` is the one to use.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.metrics.clusters import dyadic_spread
from faceaudit.metrics.curves import logit_interval, score_interval
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import BoolArray, Estimate, Float64Array, IntArray

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")


def clustered_auc(
    scores: Float64Array,
    member: BoolArray,
    people: IntArray,
    *,
    times: float = 1.0,
    level: float = 0.95,
) -> Estimate:
    """Estimate the AUC of members against non-members where pairs share people.

    Use it where pairs share people without end; see `membership_auc` for clusters that share none.

    The variance is that of DeLong, DeLong, Clarke-Pearson 1988 (Biometrics 44:837), a sum of
    squares of each pair's contribution to the area, with products of all pairs that share a person
    added (`dyadic_spread`). The interval is Student's on the scale of the log odds. Where no
    contribution differs, it is method 5 of Newcombe 2006 (Statistics in Medicine 25:559) for as
    many pairs as there are people, if those are fewer.

    Args:
        scores: (N,) higher for members.
        member: (N,) whether a pair is a member; both kinds are there.
        people: (N, 2) numbers of the people, 0 and up.
        times: a factor of the variance.
        level: coverage.
    """
    first, second = np.sort(scores[member]), np.sort(scores[~member])
    placements = np.empty(len(scores))
    placements[member] = share_below(second, scores[member])
    placements[~member] = 1 - share_below(first, scores[~member])
    value, n = float(placements[member].mean()), min(len(first), len(second))
    added = (placements - value) / np.where(member, len(first), len(second))
    spread = dyadic_spread(added, people)
    if spread.variance == 0 or not 0 < value < 1:
        sides = [
            min(int(np.count_nonzero(side)), len(np.unique(people[side])))
            for side in (member, ~member)
        ]
        low, high = score_interval(value, sides[0], sides[1], z_of(level))
        return Estimate(value, low, high, n, f"newcombe area, by people {level * 100:g} %")
    reach = float(special.stdtrit(spread.freedom, 0.5 + level / 2))
    low, high = logit_interval(value, math.sqrt(times * spread.variance), reach)
    return Estimate(value, low, high, n, f"delong, people as clusters, log odds {level * 100:g} %")


def share_below(rising: Float64Array, scores: Float64Array) -> Float64Array:
    """Return (N,) shares of `rising` scores that are below each score, equal ones half.

    >>> share_below(np.array([1.0, 2.0]), np.array([1.0, 3.0])).tolist()
    [0.25, 1.0]
    """
    below, not_above = (np.searchsorted(rising, scores, side=side) for side in ("left", "right"))
    shares: Float64Array = (below + not_above) / (2 * len(rising))
    return shares
