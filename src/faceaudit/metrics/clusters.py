"""Variances of sums over records that share clusters or people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import Float64Array, IntArray

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")


@dataclass(frozen=True)
class Spread:
    """How far a sum of many records' contributions to a figure lies from its mean.

    Attributes:
        variance: of the sum.
        freedom: degrees of freedom of Student's t for it, at least 1.
        clusters: how many clusters, or people, it rests on.
    """

    variance: float
    freedom: float
    clusters: int


def clustered_spread(added: Float64Array, cluster: IntArray) -> Spread:
    """Return the spread of a sum of contributions of records in clusters that share nothing.

    The variance is the sum over C clusters of the square of what each adds, times C / (C - 1). Its
    degrees of freedom are those of Satterthwaite 1946 (Biometrics Bulletin 2:110) with the fourth
    powers that were seen, at most C - 1: few clusters that add most count for few.

    Args:
        added: (N,) contributions, which add up to nothing.
        cluster: (N,) the cluster of each.
    """
    index = np.unique(cluster, return_inverse=True)[1]
    sums = np.bincount(index, added).astype(np.float64)
    count = len(sums)
    if count < 2:
        return Spread(0.0, 1.0, count)
    return Spread(float(sums @ sums) * count / (count - 1), _freedom(sums), count)


def dyadic_spread(added: Float64Array, people: IntArray) -> Spread:
    """Return the spread of a sum of contributions of pairs that share people.

    The variance is the sum of squares, with products of all pairs that share a person added
    (Aronow, Samii, Assenova 2015, "Cluster-robust variance estimation for dyadic data", arXiv
    1312.3398), or the sum of squares alone where that is larger. Degrees of freedom are those of
    `clustered_spread`, by what each person adds.

    Args:
        added: (N,) contributions, which add up to nothing.
        people: (N, 2) numbers of the people of each pair, 0 and up.
    """
    two = people[:, 0] != people[:, 1]
    count = int(people.max()) + 1
    sums = np.bincount(people[:, 0], added, minlength=count).astype(np.float64)
    sums += np.bincount(people[two, 1], added[two], minlength=count)
    _, dyad = np.unique(unordered(people[two]), return_inverse=True)
    both = np.bincount(dyad, added[two])  # pairs of the same two people were added twice
    variance = max(float(added @ added), float(sums @ sums - both @ both))
    return Spread(variance, _freedom(sums), len(np.unique(people)))


def unordered(pairs: IntArray) -> IntArray:
    """Return (P,) numbers that rows of (P, 2) numbers below 2^31 share if they hold the same two.

    >>> unordered(np.array([[1, 2], [2, 1]])).tolist()
    [4294967298, 4294967298]
    """
    low, high = np.min(pairs, axis=1), np.max(pairs, axis=1)
    keys: IntArray = low.astype(np.int64) << 32 | high
    return keys


def effective_trials(added: Float64Array, people: IntArray, level: float = 0.95) -> float:
    """Return how many independent comparisons a share of N comparisons rests on.

    Fewer by as much as its variance is larger than that of independent ones, and as Student's t is
    wider than a normal distribution. Where no contribution differs (all accepted, or none) nothing
    tells how alike those of one person are: then as many as there are people, if those are fewer.

    Args:
        added: (N,) contributions of all comparisons to the share, which add up to nothing.
        people: (N, 2) numbers of the people of each.
        level: coverage, in (0, 1).
    """
    return _trials_of(dyadic_spread(added, people), added, level)


def effective_parts(
    added: tuple[Float64Array, Float64Array],
    weights: tuple[float, float],
    people: tuple[IntArray, IntArray],
    level: float = 0.95,
) -> tuple[float, float]:
    """Return which parts of genuine and of impostor comparisons a figure of both rests on.

    Each side's part is that of `effective_trials` by its own people, so that more comparisons of
    one side take nothing from the other one. Both are divided by as much as the variance of the
    weighted sum is larger than that of two sides that share nobody, or multiplied where it is
    smaller: a person may make one rate higher and the other one lower, or both higher.

    Args:
        added: (N,) and (M,) contributions to either side's share, which add up to nothing.
        weights: by how much the figure moves with each share.
        people: (N, 2) and (M, 2) numbers of the people of each comparison.
        level: coverage, in (0, 1).

    Returns:
        Two parts in (0, 1].
    """
    spreads = [dyadic_spread(one, who) for one, who in zip(added, people, strict=True)]
    alone = sum(w * w * spread.variance for w, spread in zip(weights, spreads, strict=True))
    both = np.concatenate([w * one for w, one in zip(weights, added, strict=True)])
    shared = dyadic_spread(both, np.concatenate(people)).variance / alone if alone else 1.0
    genuine, impostor = (
        float(np.clip(_trials_of(spread, one, level) / shared, 1.0, len(one))) / len(one)
        for spread, one in zip(spreads, added, strict=True)
    )
    return genuine, impostor


def _trials_of(spread: Spread, added: Float64Array, level: float) -> float:
    alone = float(added @ added)
    if alone == 0.0:
        return float(min(len(added), spread.clusters))
    reach = float(special.stdtrit(spread.freedom, 0.5 + level / 2)) / z_of(level)
    return max(1.0, len(added) * alone / (spread.variance * reach**2))


def _freedom(sums: Float64Array) -> float:
    """Return the degrees of freedom of the sum of squares of what each cluster adds."""
    squares = sums**2
    fourth = float(squares @ squares)
    if fourth == 0.0:
        return 1.0
    return float(np.clip(2 * squares.sum() ** 2 / fourth, 1.0, max(1.0, len(sums) - 1.0)))
