"""Verification: how often two faces are rightly or wrongly taken for one person.

ISO/IEC 19795-1 says false match rate (FMR) and false non-match rate (FNMR) for what the field calls
false accept rate (FAR) and false reject rate (FRR) of the comparison; the true accept rate (TAR) is
1 - FNMR. A comparison is accepted when its score is at least the threshold.

Comparisons that share people are not independent. Where `people` says who is compared, intervals
hold that; without, and read off a curve or a histogram, they take comparisons as independent and
are too narrow where people or photos are in several.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.metrics.clustered_auc import clustered_auc
from faceaudit.metrics.clusters import effective_parts
from faceaudit.metrics.comparison_share import People, checked_people, comparison_share
from faceaudit.metrics.curves import auc_of, eer_of, eer_weight
from faceaudit.metrics.intervals import wilson
from faceaudit.metrics.roc import Roc, roc_of_sorted
from faceaudit.metrics.scores import ScoreArray, checked_both, count_at_least
from faceaudit.types import BoolArray, Estimate


@dataclass(frozen=True)
class ErrorRates:
    """Both errors at one threshold: `fmr` is also called FAR, `fnmr` FRR; lower is better."""

    threshold: float
    fmr: Estimate
    fnmr: Estimate


@dataclass(frozen=True)
class EqualErrors:
    """The point of a curve where both error rates meet.

    Attributes:
        rate: the equal error rate; lower is better; n counts the smaller set of comparisons.
        at: the errors at the threshold that brings them nearest to one another.
    """

    rate: Estimate
    at: ErrorRates


def error_rates(
    genuine: npt.ArrayLike,
    impostor: npt.ArrayLike,
    threshold: float,
    *,
    people: People | None = None,
    level: float = 0.95,
) -> ErrorRates:
    """Estimate FMR (FAR) and FNMR (FRR) at a threshold that was set without these comparisons.

    FMR = impostor comparisons with score >= threshold / all of them; FNMR = genuine ones with
    score < threshold / all of them. Intervals are Wilson's; see `comparison_share`.

    Args:
        genuine: (N,) scores of two photos of one person.
        impostor: (M,) scores of two people.
        threshold: the lowest score that is accepted.
        people: who is compared, (N, 2) and (M, 2); None takes comparisons as independent.
        level: coverage, in (0, 1).

    Raises:
        InputError: no genuine or no impostor score, some that are not finite, or people that do
            not fit.

    >>> rates = error_rates([0.7, 0.4, 0.9], [0.1, 0.5], 0.5)
    >>> rates.fmr.value, rates.fnmr.value
    (0.5, 0.3333333333333333)
    """
    first, second = checked_both(genuine, impostor)
    if np.isnan(threshold):
        raise InputError("expected a threshold, got nan")
    if people is not None:
        return ErrorRates(
            float(threshold),
            comparison_share(second >= threshold, people[1], level=level),
            comparison_share(first < threshold, people[0], level=level),
        )
    return ErrorRates(
        float(threshold),
        wilson(count_at_least(second, threshold), len(second), level),
        wilson(len(first) - count_at_least(first, threshold), len(first), level),
    )


def eer(
    genuine: npt.ArrayLike,
    impostor: npt.ArrayLike,
    *,
    people: People | None = None,
    level: float = 0.95,
) -> EqualErrors:
    """Estimate the equal error rate: where FMR (FAR) and FNMR (FRR) meet.

    Both change in steps, so they rarely meet at a threshold. The rate is where the line between
    the two operating points on either side crosses FMR = FNMR. `at` holds the errors at a
    threshold that was seen and brings them nearest.

    The interval replaces first one error, then the other, at every threshold by the end of its
    Wilson interval, takes how far each moves the crossing, and adds the two in squares (Zou, Donner
    2008, "Construction of confidence limits about effect measures", Statistics in Medicine
    27:1693). It so weighs both errors by how steep they are and needs no resampling. With `people`
    (N, 2) and (M, 2) the comparisons of either side count for as many as would let the crossing
    vary as little; see `effective_parts`.

    Raises:
        InputError: no genuine or no impostor score, some that are not finite, or people that do
            not fit.

    >>> eer([0.9, 0.8, 0.4], [0.1, 0.2, 0.5]).rate.value
    0.3333333333333333
    """
    first, second = checked_both(genuine, impostor)
    curve = roc_of_sorted(np.sort(first), np.sort(second))
    rate, at = eer_of(curve, level=level)
    if people is not None:
        limit, weight = float(curve.thresholds[at]), eer_weight(curve, level=level)
        parts = _effective_parts(first < limit, second >= limit, weight, people, level)
        rate, at = eer_of(curve, parts=parts, level=level)
    # Between two corners only one of the errors moves: look at its steps on either side, too.
    candidates = [
        float(curve.thresholds[at]),
        *_steps_around(np.sort(second), rate.value),
        *_steps_around(np.sort(first), 1 - rate.value),
    ]
    nearest = min(
        (error_rates(first, second, one, people=people, level=level) for one in candidates),
        key=lambda rates: abs(rates.fmr.value - rates.fnmr.value),
    )
    return EqualErrors(rate, nearest)


def equal_errors_of(curve: Roc, *, level: float = 0.95) -> EqualErrors:
    """Read the equal error rate off a curve; see `eer`."""
    rate, at = eer_of(curve, level=level)
    return EqualErrors(rate, _rates_at(curve, at, level))


def auc(
    genuine: npt.ArrayLike,
    impostor: npt.ArrayLike,
    *,
    people: People | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the area under the ROC curve: how often a genuine score beats an impostor one.

    P(genuine > impostor) + P(equal) / 2 (Mann, Whitney 1947); 0.5 is chance, higher is better. The
    interval is that of DeLong, DeLong, Clarke-Pearson 1988 (Biometrics 44:837) on the scale of the
    log odds, its variance read off the sorted scores in one pass. Where that variance is nothing or
    undefined (sets that do not overlap, a single score) it is method 5 of Newcombe 2006 (Statistics
    in Medicine 25:559), which has a width even then. `n` counts the smaller set. With `people`
    (N, 2) and (M, 2) it is that of `clustered_auc`, of comparisons that share people.

    Raises:
        InputError: no genuine or no impostor score, some that are not finite, or people that do
            not fit.

    >>> auc([0.9, 0.8, 0.4], [0.1, 0.4]).value
    0.9166666666666666
    """
    first, second = checked_both(genuine, impostor)
    if people is not None:
        for numbers, scores in zip(people, (first, second), strict=True):
            checked_people(numbers, len(scores))
        both = np.concatenate([first, second]).astype(np.float64)
        same = np.arange(len(both)) < len(first)
        return clustered_auc(both, same, np.concatenate(people), level=level)
    return auc_of(roc_of_sorted(np.sort(first), np.sort(second)), level=level)


def _effective_parts(
    rejected: BoolArray, accepted: BoolArray, weight: float, people: People, level: float
) -> tuple[float, float]:
    """Return the shares of either side that would vary as much if they were independent."""
    for numbers, those in zip(people, (rejected, accepted), strict=True):
        checked_people(numbers, len(those))
    added = (
        (rejected - np.mean(rejected)) / len(rejected),
        (accepted - np.mean(accepted)) / len(accepted),
    )
    return effective_parts(added, (1 - weight, weight), people, level)


def _steps_around(scores: ScoreArray, share: float) -> list[float]:
    """Return the scores, of rising ones, that just a share of them reaches or does not reach."""
    count = min(max(1, math.ceil(share * len(scores))), len(scores))
    step = scores[len(scores) - count]
    above = int(np.searchsorted(scores, step, side="right"))
    return [float(one) for one in (step, *scores[above : above + 1])]


def _rates_at(curve: Roc, at: int, level: float) -> ErrorRates:
    return ErrorRates(
        float(curve.thresholds[at]),
        wilson(int(curve.false_accepts[at]), curve.impostors, level),
        wilson(curve.genuines - int(curve.true_accepts[at]), curve.genuines, level),
    )
