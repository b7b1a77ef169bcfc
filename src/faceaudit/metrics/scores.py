"""Scores of comparisons: checked once, counted in pieces.

A score says how alike two faces are: higher is more alike, and a comparison is accepted when its
score is at least the threshold. Distances are negated before they come here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError

ScoreArray = npt.NDArray[np.floating[Any]]

PIECE = 1 << 22


def checked(scores: npt.ArrayLike, what: str) -> ScoreArray:
    """Return (N,) scores as float32 or float64, uncopied where they already are.

    Raises:
        InputError: no score (a share of nothing is unknown, not zero), no numbers, or scores that
            are not finite; it says how many.
    """
    array = np.asarray(scores)
    if array.ndim != 1 or array.dtype.kind not in "fiu":
        raise InputError(f"expected {what} (N,) of numbers, got {array.shape} {array.dtype}")
    if not len(array):
        raise InputError(f"expected at least one of {what}, got none; what is not seen is unknown")
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float32 if array.dtype == np.float16 else np.float64)
    wrong = sum(
        len(piece) - int(np.count_nonzero(np.isfinite(piece)))
        for piece in (array[at : at + PIECE] for at in range(0, len(array), PIECE))
    )
    if wrong:
        raise InputError(
            f"expected finite {what}, got {wrong} of {len(array)} that are not;"
            " try finding the photos whose embeddings are broken"
        )
    return array


def checked_both(genuine: npt.ArrayLike, impostor: npt.ArrayLike) -> tuple[ScoreArray, ScoreArray]:
    """Return both sets checked and of one type, so that their scores compare exactly."""
    first, second = checked(genuine, "genuine scores"), checked(impostor, "impostor scores")
    common = np.result_type(first, second)
    return first.astype(common, copy=False), second.astype(common, copy=False)


def count_at_least(scores: ScoreArray, threshold: float) -> int:
    """Return how many scores are at least the threshold, compared without rounding it."""
    limit = _not_below(threshold, scores.dtype)
    return sum(
        int(np.count_nonzero(scores[at : at + PIECE] >= limit))
        for at in range(0, len(scores), PIECE)
    )


def _not_below(threshold: float, dtype: np.dtype[Any]) -> np.floating[Any]:
    """Return the smallest number of `dtype` that is not below the threshold."""
    with np.errstate(over="ignore"):
        limit: np.floating[Any] = dtype.type(threshold)
    return np.nextafter(limit, dtype.type(np.inf)) if float(limit) < threshold else limit


def allowed(share: float, trials: int) -> int:
    """Return the largest count whose share of the trials is at most `share`.

    >>> allowed(0.001, 3000), allowed(0.1 + 0.2, 10)
    (3, 3)
    """
    count = int(share * trials)
    while count < trials and (count + 1) / trials <= share:
        count += 1
    while count / trials > share:
        count -= 1
    return count


def thresholds_letting(scores: ScoreArray, counts: Sequence[int]) -> list[float]:
    """Return, for each count, the smallest threshold that at most so many scores reach.

    It is the next number, in the scores' own type, above the highest score that must stay below
    (minus infinity where all may pass). Only those few order statistics are put in place, each
    within the tail that the last one left: no sort.
    """
    found = {len(scores): -np.inf}
    tail = scores
    for count in sorted(set(counts), reverse=True):
        if count < len(scores):
            at = len(tail) - 1 - count
            tail = np.partition(tail, at)[at:]
            with np.errstate(over="ignore"):
                found[count] = float(np.nextafter(tail[0], tail.dtype.type(np.inf)))
    return [float(found[count]) for count in counts]
