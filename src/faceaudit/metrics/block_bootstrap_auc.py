"""The area under the ROC curve of records that come in clusters, such as pairs of some people."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from faceaudit.errors import InputError
from faceaudit.metrics.curves import logit_interval, score_interval
from faceaudit.metrics.membership import checked_members, column
from faceaudit.metrics.scores import ScoreArray
from faceaudit.metrics.verification import auc
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import BoolArray, Estimate, Float64Array, IntArray

FEW_CLUSTERS = 8
"""With fewer of a kind, the interval is never narrower than that of independent records."""
_AT_ONCE = 64
_ROUNDING = 1e-12


def membership_auc(
    scores: npt.ArrayLike,
    member: npt.ArrayLike,
    cluster: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    resamples: int = 1000,
    level: float = 0.95,
) -> Estimate:
    """Estimate how often a member's score beats a non-member's, with an interval by clusters.

    P(member > other) + P(equal) / 2; 0.5 is chance, higher is a stronger attack. `n` counts the
    records of the smaller side.

    Whole clusters are drawn with replacement (Field, Welsh 2007, "Bootstrapping clustered data",
    JRSS B 69:369), those of members and of others apart; jointly where a cluster holds both. The
    area is a U-statistic (Obuchowski 1997, "Nonparametric analysis of clustered ROC curve data",
    Biometrics 53:567): wins are counted once for each two clusters, and a resample is a weighted
    sum of them. The interval is Student's on the scale of the log odds: the bootstrap's standard
    error, times sqrt(k / (k - 1)), with k - 1 degrees of freedom, k being how many clusters the
    kind with fewer has. With fewer than 8 it reaches at least as far as `auc`'s, of independent
    records. Where no resample differs (all told apart, all scores equal, one cluster of each kind)
    records of a cluster may well be copies: then it is method 5 of Newcombe 2006 (Statistics in
    Medicine 25:559) for as many records as there are clusters.

    Memory: that of the scores, and `resamples` numbers a cluster.

    Args:
        scores: (N,) a higher one is more likely a member.
        member: (N,) bool, who is.
        cluster: (N,) which records belong together, such as blocks of people.
        rng: of the resamples.
        resamples: how many, at least 2.
        level: coverage, in (0, 1).

    Raises:
        InputError: no members or no others, scores not finite, or columns that do not fit.

    >>> found = membership_auc(
    ...     [0.9, 0.8, 0.4, 0.6, 0.1, 0.4, 0.3, 0.7], np.arange(8) < 4,
    ...     [0, 0, 1, 1, 2, 2, 3, 3], rng=np.random.default_rng(0),
    ... )
    >>> found.value, found.n, found.low < 0.5 < found.high
    (0.84375, 4, True)
    """
    numbers, truth = checked_members(scores, member)
    place, mixed = _clusters(cluster, truth)
    if resamples < 2:
        raise InputError(f"expected at least two resamples, got {resamples}")
    ours, counts = np.unique(place[truth], return_counts=True)
    theirs, other_counts = np.unique(place[~truth], return_counts=True)
    weights, other_weights = _weights(ours, theirs, resamples, rng, mixed=mixed)
    twice = _twice_the_wins(numbers, truth, place, weights, other_weights)
    with np.errstate(invalid="ignore"):  # a joint resample without members, or without others
        areas = twice / (2 * (weights @ counts) * (other_weights @ other_counts))
    value, drawn = float(areas[0]), areas[1:][np.isfinite(areas[1:])]
    n = int(min(counts.sum(), other_counts.sum()))
    fewest = min(len(ours), len(theirs))
    error = float(np.std(drawn, ddof=1)) if len(drawn) > 1 else 0.0
    what = f"{len(ours)} + {len(theirs)} clusters"
    if fewest < 2 or error < _ROUNDING or not 0 < value < 1:
        low, high = score_interval(value, len(ours), len(theirs), z_of(level))
        return Estimate(value, low, high, n, f"newcombe area of {what} {level * 100:g} %")
    error *= math.sqrt(fewest / (fewest - 1))
    reach = float(stdtrit(fewest - 1, 0.5 + level / 2))
    low, high = logit_interval(value, error, reach)
    if fewest < FEW_CLUSTERS:
        alone = auc(numbers[truth], numbers[~truth], level=level)
        low, high = min(low, alone.low), max(high, alone.high)
    return Estimate(value, low, high, n, f"bootstrap of {what}, log odds {level * 100:g} %")


def _clusters(cluster: npt.ArrayLike, truth: BoolArray) -> tuple[IntArray, bool]:
    """Return (N,) the number of each record's cluster, and whether one holds both kinds."""
    names = column(cluster, len(truth), "clusters")
    place = np.unique(names, return_inverse=True)[1].astype(np.int64)
    mixed = np.intersect1d(place[truth], place[~truth]).size > 0
    return place, bool(mixed)


def _weights(
    ours: IntArray, theirs: IntArray, resamples: int, rng: np.random.Generator, *, mixed: bool
) -> tuple[Float64Array, Float64Array]:
    """Return how often each resample holds each cluster; the first holds each once.

    (1 + resamples, C) for clusters with members, (1 + resamples, D) for those with others.
    """

    def drawn(clusters: int) -> Float64Array:
        counts = rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=resamples)
        return np.concatenate([np.ones((1, clusters)), counts])

    if mixed:
        together = drawn(int(max(ours[-1], theirs[-1])) + 1)
        return together[:, ours], together[:, theirs]
    return drawn(len(ours)), drawn(len(theirs))


def _twice_the_wins(
    scores: ScoreArray,
    truth: BoolArray,
    place: IntArray,
    weights: Float64Array,
    other_weights: Float64Array,
) -> Float64Array:
    """Return, of each resample, twice how often a member beats another record, ties once.

    For some clusters of others at a time: each one's scores, sorted, are compared with all members.
    """
    order = np.argsort(scores[truth], kind="stable")
    ours = scores[truth][order]
    cluster = np.unique(place[truth], return_inverse=True)[1][order]
    order = np.lexsort((scores[~truth], place[~truth]))
    starts = np.flatnonzero(np.diff(place[~truth][order])) + 1
    theirs = np.split(scores[~truth][order], starts)
    total = np.zeros(len(weights))
    for start in range(0, len(theirs), _AT_ONCE):
        some = theirs[start : start + _AT_ONCE]
        wins = np.empty((weights.shape[1], len(some)))
        for at, one in enumerate(some):
            beaten = np.searchsorted(one, ours, side="left")
            beaten += np.searchsorted(one, ours, side="right")
            wins[:, at] = np.bincount(cluster, weights=beaten, minlength=len(wins))
        total += np.sum((weights @ wins) * other_weights[:, start : start + _AT_ONCE], axis=1)
    return total
