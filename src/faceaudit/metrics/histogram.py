"""Scores counted in bins, so that any number of them fits in bounded memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError, OptionError
from faceaudit.metrics.roc import Roc
from faceaudit.metrics.scores import PIECE
from faceaudit.types import Float64Array, IntArray

WORD = 32  # a float32: a sign, 8 bits of exponent and 23 of fraction


class ScoreHistogram:
    """A histogram of scores in 2^bits bins that cover every float32.

    A bin holds the floats whose `bits` highest bits are the same: the order of the bins is that of
    the numbers, and whatever range the scores have, a bin is at most 2^(9 - bits) of its score wide
    (0.05 % with 20 bits; wider only below 1e-38). Counts are exact at every bin's
    lower edge, for float64 too, as those are rounded downwards. Memory: 8 bytes a bin, and about
    100 MB while scores are added.

    Args:
        bits: 10 to 24.

    >>> counted = ScoreHistogram()
    >>> counted.add(np.array([0.5, 0.75, -1.0]))
    >>> counted.total, counted.at_least(0.5)
    (3, (2, 2))
    """

    def __init__(self, *, bits: int = 20) -> None:
        if not 10 <= bits <= 24:
            raise OptionError(f"expected 10 to 24 bits, got {bits}")
        self.bits = bits
        # In the order of the floats' bits: zero and up, then minus zero and down.
        self._counts = np.zeros(1 << bits, dtype=np.int64)

    @property
    def total(self) -> int:
        """The number of scores added."""
        return int(self._counts.sum())

    @property
    def resolution(self) -> float:
        """The width of a bin as a share of its score."""
        return float(2.0 ** (9 - self.bits))

    def add(self, scores: npt.NDArray[np.floating[Any]]) -> None:
        """Count scores of any shape, float32 or float64; those given are not changed.

        Raises:
            InputError: some are not finite; it says how many, and none of them is counted.
        """
        array = np.asarray(scores)
        if array.dtype not in (np.float32, np.float64):
            raise InputError(f"expected scores as float32 or float64, got {array.dtype}")
        flat = array.reshape(-1)
        few = len(flat) * 16 < len(self._counts)
        fresh = np.zeros(0 if few else len(self._counts), dtype=np.int64)
        wrong = 0
        for at in range(0, len(flat), PIECE):
            piece = flat[at : at + PIECE]
            wrong += len(piece) - int(np.count_nonzero(np.isfinite(piece)))
            if not few:
                fresh += np.bincount(_bins_of(piece, self.bits), minlength=len(fresh))
        if wrong:
            raise InputError(
                f"expected finite scores, got {wrong} of {len(flat)} that are not;"
                " try finding the photos whose embeddings are broken"
            )
        if few:
            np.add.at(self._counts, _bins_of(flat, self.bits), 1)
        else:
            self._counts += fresh

    def merge(self, other: ScoreHistogram) -> None:
        """Add what another one has counted with as many bits."""
        self._same(other)
        self._counts += other._counts

    def minus(self, other: ScoreHistogram) -> ScoreHistogram:
        """Return the counts of this one less those of another, a part of it."""
        self._same(other)
        rest = ScoreHistogram(bits=self.bits)
        rest._counts = self._counts - other._counts
        if rest._counts.min() < 0:
            raise InputError("expected a part of what was counted, got scores that were not in it")
        return rest

    def bins(self) -> tuple[Float64Array, IntArray]:
        """Return the lower edges of the bins that hold scores, rising, and how many each holds."""
        rising = _rising(self._counts)
        held = np.flatnonzero(rising)
        return _edges(held, self.bits), rising[held]

    def at_least(self, threshold: float) -> tuple[int, int]:
        """Return the fewest and the most scores that can have reached the threshold.

        Both are the same where the threshold is a bin's edge, or the bin it is in holds none.
        """
        edges, counts = self.bins()
        inside = int(np.searchsorted(edges, threshold, side="right"))
        surely = int(counts[int(np.searchsorted(edges, threshold, side="left")) :].sum())
        if not inside or edges[inside - 1] == threshold:
            return surely, surely
        own, lower = _bins_of(np.array([threshold, edges[inside - 1]]), self.bits)
        if own != lower:
            return surely, surely
        return surely, surely + int(counts[inside - 1])

    def _same(self, other: ScoreHistogram) -> None:
        if other.bits != self.bits:
            raise InputError(f"expected a histogram of {self.bits} bits, got {other.bits}")


def curve_of(genuine: ScoreHistogram, impostor: ScoreHistogram) -> Roc:
    """Return the curve at the lower edges of all bins that hold a score.

    Counts at these thresholds are exact. Nothing is known between two of them, where scores of one
    bin count as equal; see `Roc.resolution`, and `curves.tied` for what that can do to an area.

    Raises:
        InputError: no genuine or no impostor score was counted, or the bins are not the same.

    >>> genuine, impostor = ScoreHistogram(), ScoreHistogram()
    >>> genuine.add(np.array([0.9, 0.4])), impostor.add(np.array([0.4, 0.1, 0.2]))
    (None, None)
    >>> curve_of(genuine, impostor).true_accepts.tolist()
    [0, 1, 2, 2, 2]
    """
    genuine._same(impostor)
    if not genuine.total or not impostor.total:
        raise InputError("expected genuine and impostor scores, got none of one kind")
    rising, other = _rising(genuine._counts), _rising(impostor._counts)
    held = np.flatnonzero(rising + other)[::-1]
    return Roc(
        np.concatenate(([np.inf], _edges(held, genuine.bits))),
        np.concatenate(([0], np.cumsum(other[held]))),
        np.concatenate(([0], np.cumsum(rising[held]))),
        impostor.total,
        genuine.total,
        genuine.resolution,
    )


def _float32_below(scores: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
    """Return a copy as float32, rounded downwards, with 0 for minus 0."""
    if scores.dtype == np.float32:
        return np.asarray(scores + np.float32(0), dtype=np.float32)
    with np.errstate(over="ignore"):
        near = scores.astype(np.float32)
        near = np.where(near > scores, np.nextafter(near, np.float32(-np.inf)), near)
    # What lies below every float32 is counted with the lowest of them.
    return np.maximum(near, np.finfo(np.float32).min) + np.float32(0)


def _rising(counts: IntArray) -> IntArray:
    half = len(counts) // 2
    return np.concatenate((counts[: half - 1 : -1], counts[:half]))


def _edges(held: IntArray, bits: int) -> Float64Array:
    """Return the lowest float of each bin, given by its rank among the rising bins."""
    half, shift = 1 << (bits - 1), WORD - bits
    size = np.where(held >= half, (held - half) << shift, ((half - held) << shift) - 1)
    lowest = size.astype(np.uint32).view(np.float32).astype(np.float64)
    return np.where(held >= half, lowest, -lowest)


def _bins_of(scores: npt.NDArray[np.floating[Any]], bits: int) -> npt.NDArray[np.uint32]:
    """Return the bin of each score, in the order of the floats' bits."""
    words = _float32_below(scores).view(np.uint32)
    return np.right_shift(words, WORD - bits, out=words)
