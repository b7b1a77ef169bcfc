"""The receiver operating characteristic, by counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faceaudit.metrics.scores import ScoreArray, checked_both
from faceaudit.types import Float64Array, IntArray


@dataclass(frozen=True, eq=False)
class Roc:
    """The ROC curve: comparisons accepted at V falling thresholds, as counts.

    A comparison is accepted when its score is at least the threshold. The first threshold accepts
    none, the last all. ISO words: `fmr`, `fnmr`; field words for the same: `far`, `frr`.

    Attributes:
        thresholds: (V,) float64, falling; the first is infinity.
        false_accepts: (V,) impostor comparisons accepted, never falling.
        true_accepts: (V,) genuine comparisons accepted, never falling.
        impostors: how many impostor comparisons there are.
        genuines: how many genuine comparisons there are.
        resolution: the width of a bin as a share of the score, 0 when the scores were not binned.
            The counts are exact at every threshold listed, binned or not.
    """

    thresholds: Float64Array
    false_accepts: IntArray
    true_accepts: IntArray
    impostors: int
    genuines: int
    resolution: float = 0.0

    def __len__(self) -> int:
        return len(self.thresholds)

    @property
    def fmr(self) -> Float64Array:
        """False match rate at each threshold."""
        return np.asarray(self.false_accepts / self.impostors, dtype=np.float64)

    @property
    def fnmr(self) -> Float64Array:
        """False non-match rate at each threshold."""
        rejects = self.genuines - self.true_accepts
        return np.asarray(rejects / self.genuines, dtype=np.float64)

    @property
    def tar(self) -> Float64Array:
        """True accept rate, 1 - FNMR, at each threshold."""
        return np.asarray(self.true_accepts / self.genuines, dtype=np.float64)

    far = fmr
    frr = fnmr


def roc(genuine: npt.ArrayLike, impostor: npt.ArrayLike, *, overwrite: bool = False) -> Roc:
    """Return the exact curve of two sets of scores.

    Equal scores are one step, drawn as a slanted line where both sets have them. Listed are the
    thresholds just above and at each distinct score of the smaller set: between two of those only
    the larger set's count moves, so that the curve is a straight line and nothing of it is lost.

    Memory: a sorted copy of both sets, and about 100 bytes for each distinct score of the smaller
    set. Where that is too much (both sets very large), use `ScoreHistogram`.

    Args:
        genuine: (N,) scores of two photos of one person, higher is more alike.
        impostor: (M,) scores of two people.
        overwrite: sort the arrays given in place (where both have one floating type), not copies.

    Raises:
        InputError: no genuine or no impostor score, or some that are not finite.

    >>> curve = roc([0.9, 0.4], [0.4, 0.1, 0.2])
    >>> curve.thresholds.tolist(), curve.false_accepts.tolist(), curve.true_accepts.tolist()
    ([inf, 0.9, 0.4, 0.1], [0, 0, 1, 3], [0, 1, 2, 2])
    """
    first, second = checked_both(genuine, impostor)
    if overwrite:
        first.sort()
        second.sort()
    else:
        first, second = np.sort(first), np.sort(second)
    return roc_of_sorted(first, second)


def roc_of_sorted(genuine: ScoreArray, impostor: ScoreArray) -> Roc:
    """Return the curve of rising scores; see `roc`."""
    if len(genuine) <= len(impostor):
        thresholds, true_accepts, false_accepts = _corners(genuine, impostor)
    else:
        thresholds, false_accepts, true_accepts = _corners(impostor, genuine)
    return Roc(thresholds, false_accepts, true_accepts, len(impostor), len(genuine))


def _corners(small: ScoreArray, large: ScoreArray) -> tuple[Float64Array, IntArray, IntArray]:
    """Return thresholds and how many of either set reach them, at and just above each of `small`.

    Both sets rise; what is returned has falling thresholds.
    """
    first = np.flatnonzero(np.concatenate(([True], small[1:] != small[:-1])))
    distinct = small[first]
    # How many are below and how many are not above; the rest reach, or exceed, the score.
    below = np.searchsorted(large, distinct, side="left")
    up_to = np.searchsorted(large, distinct, side="right")
    above = np.append(distinct[1:], np.inf)  # the next score, if the other set has none before
    nearer = up_to < len(large)
    above[nearer] = np.minimum(above[nearer], large[up_to[nearer]])

    count = len(distinct)
    thresholds = np.empty(2 * count + 1)
    own, other = np.empty(2 * count + 1, np.int64), np.empty(2 * count + 1, np.int64)
    thresholds[0], own[0], other[0] = min(small[0], large[0]), 0, 0
    thresholds[1::2], own[1::2], other[1::2] = distinct, first, below
    thresholds[2::2], own[2::2], other[2::2] = above, np.append(first[1:], len(small)), up_to
    own, other = (len(small) - own)[::-1], (len(large) - other)[::-1]
    thresholds = thresholds[::-1]
    if thresholds[0] != np.inf:  # some of `large` lie above all of `small`
        thresholds = np.concatenate(([np.inf], thresholds))
        own, other = np.concatenate(([0], own)), np.concatenate(([0], other))
    moved = np.ones(len(own), dtype=np.bool_)
    moved[1:] = (np.diff(own) > 0) | (np.diff(other) > 0)
    return thresholds[moved], own[moved], other[moved]
