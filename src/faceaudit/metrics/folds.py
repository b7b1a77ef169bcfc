"""Accuracy on folds of pairs, by the conventions that papers and projects use."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from faceaudit.deferred import deferred
from faceaudit.errors import InputError, UnknownName
from faceaudit.metrics.comparison_share import checked_people, comparison_share
from faceaudit.metrics.intervals import wilson_ends, wilson_trials
from faceaudit.metrics.scores import ScoreArray, checked
from faceaudit.metrics.thresholds import (
    ChosenThreshold,
    exact,
    facex_zoo,
    insightface,
    sphereface,
    variance_of_choice,
)
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import Estimate, Float64Array, IntArray

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")


@dataclass(frozen=True)
class Convention:
    """A rule that chooses a threshold on all folds but one.

    Attributes:
        takes: the kind of values, for people to read.
        low, high: the range that such values have.
        rule: how the threshold is chosen, for people to read.
        choose: the rule: values, same, fold, number of folds -> thresholds and right answers.
    """

    takes: str
    low: float
    high: float
    rule: str
    choose: Callable[[ScoreArray, npt.NDArray[np.bool_], IntArray, int], ChosenThreshold]


CONVENTIONS: Mapping[str, Convention] = {
    "exact": Convention(
        "scores, higher is more alike",
        -math.inf,
        math.inf,
        "the best of all thresholds: the middle of the widest gap between scores that is right"
        " most often; score >= threshold accepts",
        exact,
    ),
    "facex-zoo": Convention(
        "cosine similarities",
        -1.0,
        1.0,
        "the first of 1,000 equal steps from the lowest to the highest score of the other folds"
        " that has the largest TPR - FPR; score > threshold accepts, an impostor pair at the"
        " threshold counts as wrong",
        facex_zoo,
    ),
    "insightface": Convention(
        "squared Euclidean distances of unit vectors",
        0.0,
        4.0,
        "the first of 0, 0.01, ... 3.99 that is right most often; distance < threshold accepts",
        insightface,
    ),
    "sphereface": Convention(
        "cosine similarities",
        -1.0,
        1.0,
        "the mean of those of -1, -0.9999, ... 1 that are right most often; score > threshold"
        " accepts, an impostor pair at the threshold counts as wrong",
        sphereface,
    ),
}
ROUNDING = 1e-4


@dataclass(frozen=True, eq=False)
class FoldAccuracy:
    """Accuracy of K-fold cross-validation of the threshold.

    Attributes:
        convention: the name of the convention.
        accuracy: mean over folds, with Student's interval over the K folds, or by people; n counts
            pairs.
        pooled: the share of all pairs that were answered rightly, with Wilson's interval, or by
            people.
        standard_error: deviation over folds (divided by K - 1) / square root of K.
        spread: deviation over folds (divided by K), what insightface prints after the "+-".
        folds: (K,) accuracy on each fold.
        thresholds: (K,) the threshold each was given by the others, in the values' own unit.
        grid: (T,) thresholds of a fixed grid, else None.
        true_accepts: (T,) true accept rate on the grid, the mean of the folds', else None.
        false_accepts: (T,) false accept rate on the grid, the mean of the folds', else None.
    """

    convention: str
    accuracy: Estimate
    pooled: Estimate
    standard_error: float
    spread: float
    folds: Float64Array
    thresholds: Float64Array
    grid: Float64Array | None
    true_accepts: Float64Array | None
    false_accepts: Float64Array | None


def k_fold_accuracy(
    values: npt.ArrayLike,
    same: npt.ArrayLike,
    fold: npt.ArrayLike,
    *,
    convention: str = "exact",
    people: IntArray | None = None,
    level: float = 0.95,
) -> FoldAccuracy:
    """Estimate accuracy on each fold at the threshold that was chosen on all the others.

    The protocol is that of LFW (Huang, Ramesh, Berg, Learned-Miller 2007, "Labeled Faces in the
    Wild", UMass Amherst technical report 07-49). Projects choose the threshold differently, so an
    accuracy has no meaning without the name of its convention; see `CONVENTIONS`.

    Intervals cover the accuracy at the thresholds that were chosen. What folds differ by with one
    another's thresholds is added in squares (`variance_of_choice`), but to Student's over folds,
    which sees it.

    Args:
        values: (P,) what the convention takes: scores, cosine similarities or squared distances.
        same: (P,) bool, whether a pair shows one person.
        fold: (P,) the fold of each pair: at least two different integers.
        convention: a name in `CONVENTIONS`.
        people: (P, 2) who is on each pair; None where nobody knows. With it both intervals are
            Wilson's of as many independent pairs as would vary as little (`effective_trials`).
        level: coverage, in (0, 1).

    Raises:
        UnknownName: no such convention.
        InputError: values that are not finite or that the convention does not take, columns that do
            not fit, fewer than two folds, or folds that leave the others without pairs of a kind.

    >>> values, same = [0.9, 0.1, 0.8, 0.2, 0.3, 0.4], [True, False] * 3
    >>> found = k_fold_accuracy(values, same, [0, 0, 1, 1, 2, 2])
    >>> found.folds.tolist(), round(found.accuracy.value, 3)
    ([1.0, 1.0, 0.5], 0.833)
    """
    if convention not in CONVENTIONS:
        raise UnknownName("convention", convention, CONVENTIONS)
    rule = CONVENTIONS[convention]
    numbers = checked(values, "values")
    if float(numbers.min()) < rule.low - ROUNDING or float(numbers.max()) > rule.high + ROUNDING:
        raise InputError(
            f"expected {rule.takes} in [{rule.low:g}, {rule.high:g}] for {convention!r},"
            f" got {numbers.min():g} to {numbers.max():g}; try convention='exact'"
        )
    truth, rows = np.asarray(same), np.asarray(fold)
    if truth.shape != numbers.shape or truth.dtype != np.bool_ or rows.shape != numbers.shape:
        raise InputError(
            f"expected same as bool and fold, {numbers.shape} each,"
            f" got {truth.shape} {truth.dtype} and {rows.shape}"
        )
    sizes, rows = _check_folds(truth, rows)
    chosen = rule.choose(numbers, truth, rows, len(sizes))
    if people is not None:
        checked_people(people, len(numbers))
    return _summarize_folds(convention, chosen, rows, people, level)


def _check_folds(
    truth: npt.NDArray[np.bool_], rows: npt.NDArray[np.generic]
) -> tuple[IntArray, IntArray]:
    names, rows, sizes = np.unique(rows, return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise InputError(f"expected at least two folds, got {len(names)}")
    for kind, pairs in (("genuine", truth), ("impostor", ~truth)):
        within = np.bincount(rows[pairs], minlength=len(names))
        if (within == within.sum()).any():
            raise InputError(
                f"expected {kind} pairs in at least two folds, got them in"
                f" {np.count_nonzero(within)}; a threshold cannot be chosen without"
            )
    return sizes, rows.astype(np.int64)


def _summarize_folds(
    convention: str, chosen: ChosenThreshold, rows: IntArray, people: IntArray | None, level: float
) -> FoldAccuracy:
    right = chosen.right[np.arange(len(rows)), rows]
    sizes = np.bincount(rows)
    folds = np.bincount(rows, right) / sizes
    count, pairs = len(folds), len(rows)
    mean, spread = float(np.mean(folds)), float(np.std(folds))
    error = float(np.std(folds, ddof=1) / math.sqrt(count))
    share = comparison_share(right, people, level=level)
    z, weights = z_of(level), (np.full(pairs, 1 / pairs), 1 / (count * sizes[rows]))
    moved = [z * math.sqrt(variance_of_choice(chosen.right, rows, one)) for one in weights]
    pooled = _widened(share, (share.low, share.high), moved[0])
    if people is None:
        reach = float(special.stdtrit(count - 1, 0.5 + level / 2)) * error
        accuracy = Estimate(
            mean, mean, mean, pairs, f"student over {count} folds {level * 100:g} %"
        )
        accuracy = _widened(accuracy, (mean - reach, mean + reach), 0.0)
    else:
        method = f"wilson, people as clusters, over {count} folds {level * 100:g} %"
        ends = wilson_ends(mean, wilson_trials(share, level), z)
        accuracy = _widened(Estimate(mean, mean, mean, pairs, method), ends, moved[1])
    return FoldAccuracy(
        convention,
        accuracy,
        pooled,
        error,
        spread,
        folds,
        chosen.thresholds,
        chosen.grid,
        chosen.true_accepts,
        chosen.false_accepts,
    )


def _widened(estimate: Estimate, ends: tuple[float, float], moved: float) -> Estimate:
    """Return an estimate with these ends, and what the choice of thresholds moves it by, added."""
    value = estimate.value
    low = value - math.hypot(value - ends[0], moved)
    high = value + math.hypot(ends[1] - value, moved)
    return replace(estimate, low=max(0.0, low), high=min(1.0, high))
