"""The area under the ROC curve of records in clusters that share nothing with one another.

Such as an audit's blocks of people. Where pairs share people so that no such clusters exist, as in
the gate's lists, `clustered_auc` is the one to use.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from faceaudit.deferred import deferred
from faceaudit.metrics.clustered_auc import share_below
from faceaudit.metrics.clusters import clustered_spread
from faceaudit.metrics.curves import logit_interval, score_interval
from faceaudit.metrics.membership import checked_members, column
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import Estimate

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

_ROUNDING = 1e-12


def membership_auc(
    scores: npt.ArrayLike, member: npt.ArrayLike, cluster: npt.ArrayLike, *, level: float = 0.95
) -> Estimate:
    """Estimate how often a member's score beats a non-member's, with an interval by clusters.

    P(member > non-member) + P(equal) / 2; 0.5 is chance, higher is a stronger attack. `n` counts
    the records of the smaller side. Use it where clusters share nothing; see `clustered_auc` for
    pairs that share people.

    A record's placement is the share of the other side that it beats. The variance is that of
    Obuchowski 1997 ("Nonparametric analysis of clustered ROC curve data", Biometrics 53:567): the
    sum over clusters of the square of what its placements add to the area; a cluster may hold both
    kinds. The interval is Student's on the scale of the log odds, with the degrees of freedom of
    Satterthwaite 1946 (Biometrics Bulletin 2:110); see `clustered_spread`. Where placements do
    not differ (all told apart, all scores equal) records of a cluster may well be copies, and with
    one cluster of a kind nothing tells: it is then method 5 of Newcombe 2006 (Statistics in
    Medicine 25:559) for as many records as there are clusters.

    Args:
        scores: (N,) a higher one is more likely a member.
        member: (N,) bool, whether each is one.
        cluster: (N,) the cluster of each, such as a block of people.
        level: coverage, in (0, 1).

    Raises:
        InputError: no members or no non-members, scores not finite, or columns that do not fit.

    >>> found = membership_auc(
    ...     [0.9, 0.8, 0.4, 0.6, 0.1, 0.4, 0.3, 0.7], np.arange(8) < 4, [0, 0, 1, 1, 2, 2, 3, 3]
    ... )
    >>> found.value, found.n, found.low < 0.5 < found.high
    (0.84375, 4, True)
    """
    checked, truth = checked_members(scores, member)
    numbers = checked.astype(np.float64)
    index = np.unique(column(cluster, len(truth), "clusters"), return_inverse=True)[1]
    sides = truth, ~truth
    n = min(int(np.count_nonzero(side)) for side in sides)
    wins, losses = (
        share_below(np.sort(numbers[other]), numbers[side]) for side, other in (sides, sides[::-1])
    )
    value = float(np.mean(wins))
    added = [(wins - value) / len(wins), (1 - losses - value) / len(losses)]
    spreads = [clustered_spread(of, index[side]) for of, side in zip(added, sides, strict=True)]
    common = [
        np.bincount(index[side], of, int(index.max()) + 1)
        for of, side in zip(added, sides, strict=True)
    ]
    clusters = [spread.clusters for spread in spreads]
    what = f"{clusters[0]} + {clusters[1]} clusters"
    few = math.prod(count / max(1, count - 1) for count in clusters) ** 0.5
    both = sum(one.variance for one in spreads) + 2 * few * float(common[0] @ common[1])
    if min(clusters) < 2 or both < _ROUNDING**2 or not 0 < value < 1:
        low, high = score_interval(value, clusters[0], clusters[1], z_of(level))
        return Estimate(value, low, high, n, f"newcombe area of {what} {level * 100:g} %")
    freedom = sum(one.variance for one in spreads) ** 2
    freedom /= sum(one.variance**2 / one.freedom for one in spreads)
    reach = float(special.stdtrit(freedom, 0.5 + level / 2))
    low, high = logit_interval(value, math.sqrt(both), reach)
    return Estimate(value, low, high, n, f"obuchowski of {what}, log odds {level * 100:g} %")
