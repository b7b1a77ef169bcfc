"""How well the values of an attribute are told apart: the macro AUC and the balanced accuracy.

Values count alike, however many people have each: who always answers the most frequent one has a
balanced accuracy of one divided by the number of values, and an AUC of 0.5.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.metrics.clustered_auc import share_below
from faceaudit.metrics.clusters import clustered_spread
from faceaudit.metrics.curves import logit_interval, score_interval
from faceaudit.metrics.intervals import wilson_ends
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import Estimate, Float64Array, IntArray

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")


def macro_auc(
    scores: Float64Array, value: IntArray, people: IntArray, *, level: float = 0.95
) -> Estimate:
    """Estimate the mean over values of the area under the ROC curve of one against the rest.

    For each value: P(score of a photo with it > score of one without) + P(equal) / 2. 0.5 is
    guessing, higher is a stronger attack; of two values whose scores mirror one another it is the
    usual AUC. `n` counts photos. A photo's placement is the share of the other side that it beats
    (Obuchowski 1997, "Nonparametric analysis of clustered ROC curve data", Biometrics 53:567); the
    variance is that of the sum over values and photos of what placements add, with people as
    clusters, and the interval Student's on the scale of the log odds. Where placements do not
    differ it is method 5 of Newcombe 2006 (Statistics in Medicine 25:559) for as many records as
    there are people of a side, of the value with the fewest.

    Args:
        scores: (N, V) one column a value, higher where it is likelier.
        value: (N,) the true value of each photo, 0 to V - 1; every value occurs, and not alone.
        people: (N,) numbers of the people.
        level: coverage, in (0, 1).

    Raises:
        InputError: a value occurs nowhere or everywhere, or columns do not fit.

    >>> scores = np.array([0.9, 0.8, 0.4, 0.6, 0.1, 0.4, 0.3, 0.7])
    >>> value, people = (np.arange(8) < 4).astype(int), np.arange(8)
    >>> macro_auc(np.column_stack([-scores, scores]), value, people).value
    0.84375
    """
    _check(value, people, scores.shape)
    values, added, fewest = [], np.zeros(len(value)), []
    for one in range(scores.shape[1]):
        has, column = value == one, scores[:, one].astype(np.float64)
        wins = share_below(np.sort(column[~has]), column[has])
        losses = share_below(np.sort(column[has]), column[~has])
        area = float(np.mean(wins))
        values.append(area)
        added[has] += (wins - area) / len(wins)
        added[~has] += (1 - losses - area) / len(losses)
        fewest.append((len(np.unique(people[has])), len(np.unique(people[~has]))))
    mean = math.fsum(values) / len(values)
    spread = clustered_spread(added / len(values), people)
    what = f"of {spread.clusters} people {level * 100:g} %"
    if spread.variance < _ROUNDING or not 0 < mean < 1:
        having, others = min(fewest, key=min)
        low, high = score_interval(mean, having, others, z_of(level))
        return Estimate(mean, low, high, len(value), f"newcombe area {what}")
    reach = float(special.stdtrit(spread.freedom, 0.5 + level / 2))
    low, high = logit_interval(mean, math.sqrt(spread.variance), reach)
    return Estimate(mean, low, high, len(value), f"obuchowski, log odds {what}")


def balanced_share(
    answer: IntArray, value: IntArray, people: IntArray, *, level: float = 0.95
) -> Estimate:
    """Estimate the mean over values of the share of their photos that are named rightly.

    Guessing, and always answering the most frequent value, give 1 / V of V values; higher is a
    stronger attack. `n` counts photos. The variance is that of the sum of what each photo adds to
    its value's share, with people as clusters; the interval is Student's on the scale of the log
    odds, or Wilson's of as many trials as there are people of the rarest value where no photo
    differs from others of its value.

    Args:
        answer: (N,) the value that was named.
        value: (N,) the true one, 0 to V - 1; every value occurs.
        people: (N,) numbers of the people.
        level: coverage, in (0, 1).

    Raises:
        InputError: a value occurs nowhere, or columns do not fit.

    >>> value = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    >>> answer = np.array([0, 0, 0, 0, 0, 0, 1, 0])
    >>> balanced_share(answer, value, np.arange(8)).value
    0.75
    """
    count = int(value.max()) + 1 if len(value) else 0
    _check(value, people, (len(answer), count))
    right = (answer == value).astype(np.float64)
    photos = np.bincount(value, minlength=count)
    shares = np.bincount(value, right, minlength=count) / photos
    mean = float(shares.mean())
    spread = clustered_spread((right - shares[value]) / (photos[value] * count), people)
    what = f"of {spread.clusters} people {level * 100:g} %"
    if spread.variance < _ROUNDING or not 0 < mean < 1:
        rarest = min(len(np.unique(people[value == one])) for one in range(count))
        low, high = wilson_ends(mean, rarest, z_of(level))
        return Estimate(mean, low, high, len(value), f"wilson {what}")
    reach = float(special.stdtrit(spread.freedom, 0.5 + level / 2))
    low, high = logit_interval(mean, math.sqrt(spread.variance), reach)
    return Estimate(mean, low, high, len(value), f"people as clusters, log odds {what}")


def above(estimate: Estimate, chance: float) -> Estimate:
    """Return an estimate less what guessing gives, with the ends moved alike.

    >>> above(Estimate(0.75, 0.5, 1.0, 8, "wilson 95 %"), 0.5).value
    0.25
    """
    return Estimate(
        estimate.value - chance,
        estimate.low - chance,
        estimate.high - chance,
        estimate.n,
        estimate.method,
    )


_ROUNDING = 1e-24


def _check(value: IntArray, people: IntArray, shape: tuple[int, ...]) -> None:
    if len(shape) != 2 or len(value) != shape[0] or len(people) != shape[0]:
        raise InputError(
            f"expected as many values and people as rows of scores, got {len(value)}, "
            f"{len(people)} and {shape}"
        )
    counts = np.bincount(value, minlength=shape[1])
    if shape[1] < 2 or len(counts) != shape[1] or not counts.all():
        raise InputError(
            f"expected photos of each of two values or more, got {counts.tolist()}; leave out "
            "values that nobody has"
        )
