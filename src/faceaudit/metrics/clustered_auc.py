"""The area under the ROC curve where records share people."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtrit

from faceaudit.types import BoolArray, Estimate, Float64Array, IntArray


def clustered_auc(
    scores: Float64Array,
    member: BoolArray,
    people: IntArray,
    *,
    times: float = 1.0,
    level: float = 0.95,
) -> Estimate:
    """Estimate the AUC of members against others where pairs share people.

    The variance is that of DeLong, DeLong, Clarke-Pearson 1988 (Biometrics 44:837), a sum of
    squares of what each pair adds to the area, with products of all pairs that share a person
    added (Aronow, Samii, Assenova 2015, "Cluster-robust variance estimation for dyadic data",
    arXiv 1312.3398), or DeLong's own where that is larger. The interval is Student's t with as many
    degrees of freedom as people would give such sums if all of them counted alike.

    Args:
        scores: (N,) higher for members.
        member: (N,) whether a pair is one; both kinds are there.
        people: (N, 2) numbers of the people, 0 and up.
        times: what the variance is multiplied by.
        level: coverage.
    """
    first, second = np.sort(scores[member]), np.sort(scores[~member])
    placed = np.empty(len(scores))
    placed[member] = share_below(second, scores[member])
    placed[~member] = 1 - share_below(first, scores[~member])
    value = float(placed[member].mean())
    added = (placed - value) / np.where(member, len(first), len(second))
    two = people[:, 0] != people[:, 1]
    a_person = np.bincount(people[:, 0], added, minlength=int(people.max()) + 1)
    a_person += np.bincount(people[two, 1], added[two], minlength=len(a_person))
    _, dyad = np.unique(unordered(people[two]), return_inverse=True)
    a_dyad = np.bincount(dyad, added[two])  # what shares both people was added twice
    squares = a_person**2
    variance = times * max(float(added @ added), float(squares.sum() - a_dyad @ a_dyad))
    freedom = float(squares.sum() ** 2 / (squares @ squares)) if squares.any() else 1.0
    reach = float(stdtrit(max(1.0, freedom - 1), 0.5 + level / 2)) * math.sqrt(variance)
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
