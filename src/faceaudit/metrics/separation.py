"""How far apart genuine and impostor scores lie, in standard deviations: d-prime."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.metrics.clusters import dyadic_spread
from faceaudit.types import BoolArray, Estimate, Float64Array, IntArray

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")


def separation(
    scores: Float64Array, same: BoolArray, people: IntArray, *, level: float = 0.95
) -> Estimate:
    """Estimate d-prime, the distance of the mean scores in deviations; higher is better.

    d' = (mean genuine - mean impostor) / sqrt((variance genuine + variance impostor) / 2), the
    decidability of Daugman 2000 ("Biometric decision landscapes", Cambridge technical report 482).
    It still tells networks apart where the AUC is all but 1. Variances are divided by the number of
    pairs. The interval is Student's, of the sum of what each pair adds in first order, with
    products of pairs that share a person (`dyadic_spread`). `n` counts the smaller kind.

    Args:
        scores: (P,) higher for genuine pairs.
        same: (P,) whether a pair shows one person; both kinds are there.
        people: (P, 2) numbers of the people, 0 and up.
        level: coverage, in (0, 1).

    Raises:
        InputError: a kind is missing, scores are not finite or do not differ, or columns that do
            not fit.

    >>> people = np.array([[0, 0], [1, 1], [2, 2], [0, 1], [1, 2], [0, 2]])
    >>> scores = np.array([0.9, 0.8, 0.7, 0.3, 0.2, 0.1])
    >>> round(separation(scores, np.arange(6) < 3, people).value, 3)
    7.348
    """
    value, added = _contributions(scores, same, people)
    return _estimate(value, added, same, people, level)


def separation_difference(
    first: Float64Array,
    second: Float64Array,
    same: BoolArray,
    people: IntArray,
    *,
    level: float = 0.95,
) -> Estimate:
    """Estimate the d-prime of one scoring less that of another of the same pairs.

    What the pairs add to both is subtracted pair by pair, so that what is hard for both does not
    widen the interval.

    Args:
        first: (P,) scores, higher for genuine pairs.
        second: (P,) others of the same pairs.
        same: (P,) whether a pair shows one person.
        people: (P, 2) numbers of the people, 0 and up.
        level: coverage, in (0, 1).

    Raises:
        InputError: as `separation` does.
    """
    one, added = _contributions(first, same, people)
    other, less = _contributions(second, same, people)
    return _estimate(one - other, added - less, same, people, level)


def _contributions(
    scores: Float64Array, same: BoolArray, people: IntArray
) -> tuple[float, Float64Array]:
    """Return d-prime and (P,) what each pair adds to it in first order; that adds up to nothing."""
    count = len(scores)
    if same.shape != (count,) or people.shape != (count, 2) or len(np.unique(same)) < 2:
        raise InputError(
            f"expected genuine and impostor pairs with their people, got {count} scores, "
            f"{same.shape} kinds and people {people.shape}"
        )
    if not np.isfinite(scores).all():
        raise InputError("expected scores that are finite, got others")
    away = np.empty(count)
    means, variances = {}, {}
    for kind in (True, False):
        some = same == kind
        means[kind] = float(scores[some].mean())
        away[some] = scores[some] - means[kind]
        variances[kind] = float(np.mean(away[some] ** 2))
    spread = math.sqrt((variances[True] + variances[False]) / 2)
    if spread == 0:
        raise InputError("expected scores that differ within a kind, got the same for all")
    value = (means[True] - means[False]) / spread
    sign, many = np.where(same, 1.0, -1.0), np.where(same, same.sum(), count - same.sum())
    squares = away**2 - np.where(same, variances[True], variances[False])
    return value, (sign * away / spread - value / (4 * spread**2) * squares) / many


def _estimate(
    value: float, added: Float64Array, same: BoolArray, people: IntArray, level: float
) -> Estimate:
    spread = dyadic_spread(added, people)
    reach = float(special.stdtrit(spread.freedom, 0.5 + level / 2)) * math.sqrt(spread.variance)
    n = int(min(same.sum(), len(same) - same.sum()))
    method = f"student, people as clusters {level * 100:.4g} %"
    return Estimate(value, value - reach, value + reach, n, method)
