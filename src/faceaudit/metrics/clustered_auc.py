"""The area under the ROC curve of pairs that share people, with DeLong's variance.

For pairs whose people are all connected by shared pairs, so that no clusters apart can be drawn:
the gate's lists. Where records fall into clusters that share nothing, such as an audit's blocks of
people, `block_bootstrap_auc` is the one to use.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
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
    added (Aronow, Samii, Assenova 2015, "Cluster-robust variance estimation for dyadic data",
    arXiv 1312.3398), or DeLong's own where that is larger. The interval is Student's t with as many
    degrees of freedom as people would give such sums if all of them counted alike.

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
    value = float(placements[member].mean())
    added = (placements - value) / np.where(member, len(first), len(second))
    two = people[:, 0] != people[:, 1]
    a_person = np.bincount(people[:, 0], added, minlength=int(people.max()) + 1)
    a_person += np.bincount(people[two, 1], added[two], minlength=len(a_person))
    _, dyad = np.unique(unordered(people[two]), return_inverse=True)
    a_dyad = np.bincount(dyad, added[two])  # pairs of the same two people were added twice
    squares = a_person**2
    variance = times * max(float(added @ added), float(squares.sum() - a_dyad @ a_dyad))
    freedom = float(squares.sum() ** 2 / (squares @ squares)) if squares.any() else 1.0
    reach = float(special.stdtrit(max(1.0, freedom - 1), 0.5 + level / 2)) * math.sqrt(variance)
    return Estimate(
        value,
        max(0.0, value - reach),
        min(1.0, value + reach),
        min(len(first), len(second)),
        f"delong, people as clusters {level * 100:g} %",
    )


def share_below(rising: Float64Array, scores: Float64Array) -> Float64Array:
    """Return (N,) shares of `rising` scores that are below each score, equal ones half.

    >>> share_below(np.array([1.0, 2.0]), np.array([1.0, 3.0])).tolist()
    [0.25, 1.0]
    """
    below, not_above = (np.searchsorted(rising, scores, side=side) for side in ("left", "right"))
    shares: Float64Array = (below + not_above) / (2 * len(rising))
    return shares


def unordered(pairs: IntArray) -> IntArray:
    """Return (P,) numbers that rows of (P, 2) numbers below 2^31 share if they hold the same two.

    >>> unordered(np.array([[1, 2], [2, 1]])).tolist()
    [4294967298, 4294967298]
    """
    low, high = np.min(pairs, axis=1), np.max(pairs, axis=1)
    keys: IntArray = low.astype(np.int64) << 32 | high
    return keys
