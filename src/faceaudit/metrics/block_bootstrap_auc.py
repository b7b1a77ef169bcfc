"""The area under the ROC curve of records in clusters, by a bootstrap of whole clusters.

For clusters that share nothing with one another, such as an audit's blocks of people. Where pairs
share people so that no such clusters exist, as in the gate's lists, `clustered_auc` is the one to
use.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.metrics.curves import logit_interval, score_interval
from faceaudit.metrics.membership import checked_members, column
from faceaudit.metrics.scores import ScoreArray
from faceaudit.metrics.verification import auc
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import BoolArray, Estimate, Float64Array, IntArray

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

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

    P(member > non-member) + P(equal) / 2; 0.5 is chance, higher is a stronger attack. `n` counts
    the records of the smaller side. Use it where clusters share nothing; see `clustered_auc` for
    pairs that share people.

    Whole clusters are drawn with replacement (Field, Welsh 2007, "Bootstrapping clustered data",
    JRSS B 69:369), those of members and of non-members apart; jointly where a cluster holds both.
    The area is a U-statistic (Obuchowski 1997, "Nonparametric analysis of clustered ROC curve
    data", Biometrics 53:567): wins are counted once for each two clusters, and a resample is a
    weighted sum of them. The interval is Student's on the scale of the log odds: the bootstrap's
    standard error, times sqrt(k / (k - 1)), with k - 1 degrees of freedom, k being how many
    clusters the kind with fewer has. With fewer than 8 it reaches at least as far as `auc`'s, of
    independent records. Where no resample differs (all told apart, all scores equal, one cluster of
    each kind) records of a cluster may well be copies: then it is method 5 of Newcombe 2006
    (Statistics in Medicine 25:559) for as many records as there are clusters.

    Memory: that of the scores, and `resamples` numbers a cluster.

    Args:
        scores: (N,) a higher one is more likely a member.
        member: (N,) bool, whether each is one.
        cluster: (N,) the cluster of each, such as a block of people.
        rng: of the resamples.
        resamples: how many, at least 2.
        level: coverage, in (0, 1).

    Raises:
        InputError: no members or no non-members, scores not finite, or columns that do not fit.

    >>> found = membership_auc(
    ...     [0.9, 0.8, 0.4, 0.6, 0.1, 0.4, 0.3, 0.7], np.arange(8) < 4,
    ...     [0, 0, 1, 1, 2, 2, 3, 3], rng=np.random.default_rng(0),
    ... )
    >>> found.value, found.n, found.low < 0.5 < found.high
    (0.84375, 4, True)
    """
    numbers, truth = checked_members(scores, member)
    index, mixed = _cluster_indices(cluster, truth)
    if resamples < 2:
        raise InputError(f"expected at least two resamples, got {resamples}")
    members, counts = np.unique(index[truth], return_counts=True)
    nonmembers, nonmember_counts = np.unique(index[~truth], return_counts=True)
    weights, nonmember_weights = _draw_weights(members, nonmembers, resamples, rng, mixed=mixed)
    twice = _twice_the_wins(numbers, truth, index, weights, nonmember_weights)
    with np.errstate(invalid="ignore"):  # a joint resample without members or non-members
        areas = twice / (2 * (weights @ counts) * (nonmember_weights @ nonmember_counts))
    value, drawn = float(areas[0]), areas[1:][np.isfinite(areas[1:])]
    n = int(min(counts.sum(), nonmember_counts.sum()))
    fewest = min(len(members), len(nonmembers))
    error = float(np.std(drawn, ddof=1)) if len(drawn) > 1 else 0.0
    what = f"{len(members)} + {len(nonmembers)} clusters"
    if fewest < 2 or error < _ROUNDING or not 0 < value < 1:
        low, high = score_interval(value, len(members), len(nonmembers), z_of(level))
        return Estimate(value, low, high, n, f"newcombe area of {what} {level * 100:g} %")
    reach = float(special.stdtrit(fewest - 1, 0.5 + level / 2))
    low, high = logit_interval(value, error * math.sqrt(fewest / (fewest - 1)), reach)
    if fewest < FEW_CLUSTERS:
        alone = auc(numbers[truth], numbers[~truth], level=level)
        low, high = min(low, alone.low), max(high, alone.high)
    return Estimate(value, low, high, n, f"bootstrap of {what}, log odds {level * 100:g} %")


def _cluster_indices(cluster: npt.ArrayLike, truth: BoolArray) -> tuple[IntArray, bool]:
    """Return (N,) the number of each record's cluster, and whether one holds both kinds."""
    names = column(cluster, len(truth), "clusters")
    index = np.unique(names, return_inverse=True)[1].astype(np.int64)
    mixed = np.intersect1d(index[truth], index[~truth]).size > 0
    return index, bool(mixed)


def _draw_weights(
    members: IntArray,
    nonmembers: IntArray,
    resamples: int,
    rng: np.random.Generator,
    *,
    mixed: bool,
) -> tuple[Float64Array, Float64Array]:
    """Return counts of each cluster in each resample; the first has each once.

    (1 + resamples, C) for clusters with members, (1 + resamples, D) for those with non-members.
    """

    def drawn(clusters: int) -> Float64Array:
        counts = rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=resamples)
        return np.concatenate([np.ones((1, clusters)), counts])

    if mixed:
        together = drawn(int(max(members[-1], nonmembers[-1])) + 1)
        return together[:, members], together[:, nonmembers]
    return drawn(len(members)), drawn(len(nonmembers))


def _twice_the_wins(
    scores: ScoreArray,
    truth: BoolArray,
    index: IntArray,
    weights: Float64Array,
    nonmember_weights: Float64Array,
) -> Float64Array:
    """Return, of each resample, twice how often a member beats a non-member, ties once.

    For some clusters of non-members at a time: each one's scores, sorted, are compared with all
    members.
    """
    order = np.argsort(scores[truth], kind="stable")
    members = scores[truth][order]
    cluster = np.unique(index[truth], return_inverse=True)[1][order]
    order = np.lexsort((scores[~truth], index[~truth]))
    starts = np.flatnonzero(np.diff(index[~truth][order])) + 1
    nonmembers = np.split(scores[~truth][order], starts)
    total = np.zeros(len(weights))
    for start in range(0, len(nonmembers), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        wins = np.empty((weights.shape[1], len(nonmembers[some])))
        for number, rising in enumerate(nonmembers[some]):
            beaten = np.searchsorted(rising, members, side="left")
            beaten += np.searchsorted(rising, members, side="right")
            wins[:, number] = np.bincount(cluster, weights=beaten, minlength=len(wins))
        total += np.sum((weights @ wins) * nonmember_weights[:, some], axis=1)
    return total
