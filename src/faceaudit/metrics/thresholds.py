"""Rules that choose a threshold on all folds but one and answer the pairs of that one.

Facts of the projects' rules were read from their files; the code is our own. Nothing here loops
over thresholds: pairs are put between the thresholds of a grid once, and counts are summed up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faceaudit.metrics.scores import ScoreArray
from faceaudit.types import BoolArray, Float64Array, IntArray

INSIGHTFACE_GRID = np.arange(0, 4, 0.01)
SPHEREFACE_STEPS = 10_000
FACEX_ZOO_STEPS = 1000


@dataclass(frozen=True, eq=False)
class ChosenThreshold:
    """Thresholds of K folds, and (P, K) which pairs each of them answers rightly.

    On a fixed grid of T thresholds also the rates of accepted pairs, (T,), the mean of the folds'.
    """

    thresholds: Float64Array
    right: BoolArray
    grid: Float64Array | None = None
    true_accepts: Float64Array | None = None
    false_accepts: Float64Array | None = None


def insightface(values: ScoreArray, same: BoolArray, fold: IntArray, folds: int) -> ChosenThreshold:
    """Choose the first threshold of the grid that is right most often; distance < threshold.

    deepinsight/insightface, recognition/arcface_torch/eval/verification.py, after facenet.
    """
    grid = INSIGHTFACE_GRID
    # A distance is accepted from the first threshold above it on.
    first = np.searchsorted(grid, values.astype(np.float64), side="right")
    accepted = _reached(first, same, fold, folds, len(grid))
    sizes = _sizes(same, fold, folds)
    right = accepted[1] + sizes[0, :, None] - accepted[0]
    best = np.argmax(right.sum(axis=0) - right, axis=1)
    chosen = (values.astype(np.float64)[:, None] < grid[best]) == same[:, None]
    true_accepts, false_accepts = _rates(accepted, sizes)
    return ChosenThreshold(grid[best], chosen, grid, true_accepts, false_accepts)


def sphereface(values: ScoreArray, same: BoolArray, fold: IntArray, folds: int) -> ChosenThreshold:
    """Choose the mean of the grid's thresholds that are right most often; score > threshold.

    wy1iu/sphereface, test/code/evaluation.m. That file also subtracts the mean of the other folds'
    embeddings before it takes cosines: that is a step before the scores, not done here.
    """
    grid = np.arange(-SPHEREFACE_STEPS, SPHEREFACE_STEPS + 1) / SPHEREFACE_STEPS
    scores = values.astype(np.float64)
    # Accepted up to the last threshold below the score, rejected from the first one above it on.
    below = np.searchsorted(grid, scores, side="left")
    above = np.searchsorted(grid, scores, side="right")
    sizes = _sizes(same, fold, folds)
    accepted = sizes[:, :, None] - _reached(below, same, fold, folds, len(grid))
    rejected = _reached(above, same, fold, folds, len(grid))[0]
    right = accepted[1] + rejected
    others = right.sum(axis=0) - right
    best = others == others.max(axis=1, keepdims=True)
    thresholds = np.array([np.mean(grid[row]) for row in best])
    answered = _answered(scores, same, thresholds)
    true_accepts, false_accepts = _rates(accepted, sizes)
    return ChosenThreshold(thresholds, answered, grid, true_accepts, false_accepts)


def facex_zoo(values: ScoreArray, same: BoolArray, fold: IntArray, folds: int) -> ChosenThreshold:
    """Choose the first threshold with the largest TPR - FPR; score > threshold.

    JDAI-CV/FaceX-Zoo, test_protocol/lfw/lfw_evaluator.py. The grid is made in the scores' own
    floating type, as there; comparisons are made in float64.
    """
    thresholds = np.empty(folds)
    for one in range(folds):
        others = fold != one
        lowest, highest = values[others].min(), values[others].max()
        step = (highest - lowest) / FACEX_ZOO_STEPS
        grid = lowest + step * np.arange(1, FACEX_ZOO_STEPS + 1)
        tpr, fpr = (
            (len(side) - np.searchsorted(np.sort(side), grid, side="right")) / len(side)
            for side in (values[others & same], values[others & ~same])
        )
        thresholds[one] = grid[np.argmax(tpr - fpr)]
    return ChosenThreshold(thresholds, _answered(values.astype(np.float64), same, thresholds))


def exact(values: ScoreArray, same: BoolArray, fold: IntArray, folds: int) -> ChosenThreshold:
    """Choose the middle of the widest gap between scores that is right most often; score >= it.

    Of gaps that are right as often and as wide the lowest is taken. Accepting all or none is only
    chosen when every gap does worse.
    """
    order = np.argsort(values, kind="stable")
    scores, truth, rows = values[order].astype(np.float64), same[order], fold[order]
    thresholds = np.empty(folds)
    for one in range(folds):
        others = rows != one
        thresholds[one] = best_gap(scores[others], truth[others])
    accepted = values.astype(np.float64)[:, None] >= thresholds
    return ChosenThreshold(thresholds, accepted == same[:, None])


def best_gap(scores: Float64Array, truth: BoolArray) -> float:
    """Return the best threshold for rising scores."""
    # With the cut before score i, the impostors before it and the genuine after it are right.
    right = np.concatenate(([0], np.cumsum(~truth))) + np.concatenate(
        (np.cumsum(truth[::-1])[::-1], [0])
    )
    width = np.concatenate(([-1.0], np.diff(scores), [-1.0]))
    allowed = width != 0  # equal scores cannot be told apart
    best = allowed & (right == right[allowed].max())
    cut = int(np.argmax(np.where(best, width, -2.0)))
    if cut == 0:
        return float(scores[0])
    if cut == len(scores):
        return float(np.nextafter(scores[-1], np.inf))
    middle = scores[cut - 1] + width[cut] / 2
    return float(middle if middle > scores[cut - 1] else scores[cut])


def _sizes(same: BoolArray, fold: IntArray, folds: int) -> IntArray:
    """Return (2, K) counts of impostor (0) and genuine (1) pairs of each fold."""
    return np.bincount(same * folds + fold, minlength=2 * folds).reshape(2, folds)


def _reached(
    first: npt.NDArray[np.intp], same: BoolArray, fold: IntArray, folds: int, count: int
) -> IntArray:
    """Return, by kind, fold and threshold, of how many pairs the threshold is not before `first`.

    (2, K, T): impostor pairs at 0, genuine ones at 1.
    """
    cell = (same * folds + fold) * (count + 1) + first
    counts = np.bincount(cell, minlength=2 * folds * (count + 1))
    return np.cumsum(counts.reshape(2, folds, count + 1), axis=2)[:, :, :count]


def _answered(scores: Float64Array, same: BoolArray, thresholds: Float64Array) -> BoolArray:
    """Return (P, K) which pairs lie strictly on their side of each threshold."""
    each = scores[:, None]
    return np.where(same[:, None], each > thresholds, each < thresholds)


def variance_of_choice(right: BoolArray, fold: IntArray, weight: Float64Array) -> float:
    """Return the variance of a share of right answers that is due to the choice of K thresholds.

    Half of the mean square by which what a fold adds to the share differs between two thresholds,
    its own and another's, over all folds.

    Args:
        right: (P, K) which answers are right with each fold's threshold.
        fold: (P,) the fold of each, 0 to K - 1.
        weight: (P,) what a right answer adds to the share.

    >>> right = np.array([[True, False], [True, True]])
    >>> variance_of_choice(right, np.array([0, 1]), np.array([0.5, 0.5]))
    0.125
    """
    folds = right.shape[1]
    added = np.stack([np.bincount(fold, weight * column, folds) for column in right.T], axis=1)
    moves = added - np.diag(added)[:, None]
    total: float = np.sum(moves**2)
    return float(total / (2 * (folds - 1)))


def _rates(accepted: IntArray, sizes: IntArray) -> tuple[Float64Array, Float64Array]:
    """Return the rates of genuine and impostor pairs accepted, the mean of the folds with any."""
    genuine, impostor = (
        np.mean(accepted[kind, sizes[kind] > 0] / sizes[kind, sizes[kind] > 0, None], axis=0)
        for kind in (1, 0)
    )
    return genuine, impostor
