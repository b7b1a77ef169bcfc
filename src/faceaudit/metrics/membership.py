"""Metrics of membership attacks: how well scores separate members from other records.

Members are the records that a model was trained on; a higher score is a likelier member. Pairs of
one block of people are not independent of one another; where a figure takes them as such, it says
so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.metrics.differences import newcombe
from faceaudit.metrics.intervals import clopper_pearson
from faceaudit.metrics.roc import roc
from faceaudit.metrics.scores import ScoreArray, checked, count_at_least, thresholds_letting
from faceaudit.metrics.verification import exact_rate, too_few_message
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import BoolArray, Estimate

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

_ROUNDING = 1e-12


@dataclass(frozen=True)
class TprAtFpr:
    """The true positive rate at a false positive rate that was asked for; or why there is none.

    Attributes:
        fpr: the share of non-members wrongly called members that was asked for.
        threshold: the smallest threshold at which at most that share is.
        tpr: the share of members called members there; higher is a stronger attack; n counts
            members.
        realised: the share of non-members called members there; n counts non-members.
        why: why the three are None; empty when they are not.
    """

    fpr: float
    threshold: float | None = None
    tpr: Estimate | None = None
    realised: Estimate | None = None
    why: str = ""


def tpr_at_fpr(
    scores: npt.ArrayLike,
    member: npt.ArrayLike,
    fprs: Sequence[float],
    *,
    least: int = 1,
    level: float = 0.95,
) -> list[TprAtFpr]:
    """Estimate the share of members found at each false positive rate, where it can be resolved.

    TPR = members with score >= threshold / all members, at the smallest threshold that at most the
    share `fpr` of non-members reaches (Carlini et al. 2022, arXiv 2112.03570). Higher is a stronger
    attack; `fpr` itself is chance. Equal scores fall on one side together, so `realised` can be
    below `fpr`. A rate at which fewer than `least` non-members may be called members is refused in
    words. Intervals are those of Clopper and Pearson; they take records as independent and the
    threshold as given. See `verification.tar_at_far` for the same of comparisons.

    Args:
        scores: (N,) a higher one is more likely a member.
        member: (N,) bool, who is.
        fprs: false positive rates asked for, in (0, 1].
        least: how many non-members the rate must allow for.
        level: coverage, in (0, 1).

    Raises:
        InputError: no members or no non-members, scores not finite, columns that do not fit, or a
            rate out of range.

    >>> scores = np.append([0.6, 0.7, 0.2], np.linspace(0, 0.5, 11))
    >>> tenth, tiny = tpr_at_fpr(scores, np.arange(14) < 3, [0.1, 0.001])
    >>> round(tenth.tpr.value, 3), round(tenth.realised.value, 3)
    (0.667, 0.091)
    >>> tiny.tpr, tiny.why
    (None, 'expected at least 1,000 non-members for a rate of 0.001, got 11')
    """
    numbers, truth = checked_members(scores, member)
    members, nonmembers = numbers[truth], numbers[~truth]
    counts = [exact_rate(fpr, len(nonmembers), least) for fpr in fprs]
    thresholds = iter(thresholds_letting(nonmembers, [count for count in counts if count >= least]))
    rates = []
    for fpr, count in zip(fprs, counts, strict=True):
        if count < least:
            why = too_few_message(fpr, len(nonmembers), least, "non-members")
            rates.append(TprAtFpr(fpr, why=why))
            continue
        threshold = next(thresholds)
        tpr, realised = (
            clopper_pearson(count_at_least(side, threshold), len(side), level)
            for side in (members, nonmembers)
        )
        rates.append(TprAtFpr(fpr, threshold, tpr, realised))
    return rates


def balanced_accuracy(
    scores: npt.ArrayLike, member: npt.ArrayLike, fold: npt.ArrayLike, *, level: float = 0.95
) -> Estimate:
    """Estimate the mean of TPR and TNR at thresholds that other folds chose.

    On each fold a record with a score of at least the threshold is called a member; the threshold
    is the highest of those with the largest TPR - FPR on all other folds (Youden 1950, Cancer 3:32)
    and never saw the fold. Answers are pooled: (members rightly called / members + non-members
    rightly called / non-members) / 2; 0.5 is chance, higher is a stronger attack. The interval is
    that of the difference TPR - FPR (`newcombe`), halved; it takes records as independent and the
    thresholds as given. `n` counts the records of the smaller side.

    Args:
        scores: (N,) a higher one is more likely a member.
        member: (N,) bool, who is.
        fold: (N,) the fold of each record, at least two; no people in two of them.
        level: coverage, in (0, 1).

    Raises:
        InputError: scores not finite, columns that do not fit, fewer than two folds, or folds that
            leave the others without members or without non-members.

    >>> scores = [0.9, 0.1, 0.8, 0.2, 0.7, 0.75]
    >>> found = balanced_accuracy(scores, [True, False] * 3, [0, 0, 1, 1, 2, 2])
    >>> round(found.value, 3), found.n
    (0.667, 3)
    """
    numbers, truth = checked_members(scores, member)
    rows = column(fold, len(numbers), "folds")
    names, index = np.unique(rows, return_inverse=True)
    if len(names) < 2:
        raise InputError(f"expected at least two folds, got {len(names)}")
    called = np.empty(len(numbers), dtype=np.bool_)
    for number in range(len(names)):
        here = index == number
        called[here] = numbers[here] >= _best_threshold(numbers[~here], truth[~here])
    hits, alarms = int(np.count_nonzero(called & truth)), int(np.count_nonzero(called & ~truth))
    members = int(np.count_nonzero(truth))
    gap = newcombe(hits, members, alarms, len(truth) - members, level)
    value, low, high = ((1 + end) / 2 for end in (gap.value, gap.low, gap.high))
    return Estimate(
        value, low, high, gap.n, f"newcombe, halved, over {len(names)} folds {level * 100:g} %"
    )


def student_mean(
    values: npt.ArrayLike, level: float = 0.95, *, bounds: tuple[float, float] = (0.0, 1.0)
) -> Estimate:
    """Estimate the mean of a figure over T targets, or seeds, with Student's interval.

    mean +- t(T - 1) * standard deviation / sqrt(T), cut off at the bounds; `n` counts the values.
    The direction is the figure's own. The method is named after seeds in either case.

    T equal values do not show that another target would give the same. A share of targets up to
    q = 1 - (1 - level)^(1 / T) could have given anything else and still none of T have come up (the
    bound that Clopper and Pearson 1934 give for no success in T trials). So the interval then goes
    from value - q * (value - lowest) to value + q * (highest - value), within the bounds.

    Args:
        values: (T,) the figure of each target, or with each seed.
        level: coverage, in (0, 1).
        bounds: between which the figure always lies.

    Raises:
        InputError: fewer than two values, some not finite or out of bounds.

    >>> mean = student_mean([0.52, 0.55, 0.58])
    >>> f"{mean.value:.3f} {mean.low:.3f} {mean.high:.3f}", mean.n
    ('0.550 0.475 0.625', 3)
    >>> same = student_mean([1.0, 1.0, 1.0, 1.0, 1.0])
    >>> round(same.low, 3), same.high
    (0.549, 1.0)
    """
    figures = checked(values, "values").astype(np.float64)
    count, (lowest, highest) = len(figures), bounds
    if count < 2:
        raise InputError(
            f"expected values of at least two targets or seeds, got {count}; try more of them"
        )
    if figures.min() < lowest or figures.max() > highest:
        raise InputError(
            f"expected values in [{lowest:g}, {highest:g}], got {figures.min():g} to"
            f" {figures.max():g}; try other bounds"
        )
    z_of(level)  # refuses what is no level
    value = float(np.clip(np.mean(figures), lowest, highest))
    if np.ptp(figures) <= _ROUNDING * (highest - lowest):
        unseen = 1 - (1 - level) ** (1 / count)
        low, high = value - unseen * (value - lowest), value + unseen * (highest - value)
        return Estimate(value, low, high, count, f"no spread over {count} seeds {level * 100:g} %")
    error = float(np.std(figures, ddof=1)) / math.sqrt(count)
    reach = float(special.stdtrit(count - 1, 0.5 + level / 2)) * error
    low, high = max(lowest, value - reach), min(highest, value + reach)
    return Estimate(value, low, high, count, f"student over {count} seeds {level * 100:g} %")


def checked_members(scores: npt.ArrayLike, member: npt.ArrayLike) -> tuple[ScoreArray, BoolArray]:
    """Return scores and membership, both (N,).

    Raises:
        InputError: no members or no non-members, scores not finite, or columns that do not fit.
    """
    numbers, truth = checked(scores, "scores"), np.asarray(member)
    if truth.shape != numbers.shape or truth.dtype != np.bool_:
        raise InputError(
            f"expected member {numbers.shape} as bool, got {truth.shape} {truth.dtype}"
        )
    if truth.all() or not truth.any():
        raise InputError(
            f"expected members and non-members, got {np.count_nonzero(truth)} and"
            f" {np.count_nonzero(~truth)}"
        )
    return numbers, truth


def column(values: npt.ArrayLike, count: int, what: str) -> npt.NDArray[np.generic]:
    """Return a column of one value a record."""
    array = np.asarray(values)
    if array.shape != (count,):
        raise InputError(f"expected {what} ({count},), got {array.shape}")
    return array


def _best_threshold(scores: ScoreArray, truth: BoolArray) -> float:
    """Return the highest threshold with the largest TPR - FPR; infinity calls nobody a member."""
    if truth.all() or not truth.any():
        raise InputError(
            "expected members and non-members outside each fold, got a fold that holds all of a"
            " kind; try fewer folds or more groups of people"
        )
    curve = roc(scores[truth], scores[~truth])
    gap = curve.true_accepts * curve.impostors - curve.false_accepts * curve.genuines
    return float(curve.thresholds[np.argmax(gap)])
