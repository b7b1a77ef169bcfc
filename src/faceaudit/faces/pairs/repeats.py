"""Pairs that a list holds more than once, in whichever order their photos come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.types import BoolArray, IntArray


@dataclass(frozen=True, eq=False)
class Repeats:
    """Which of P pairs were there before.

    Attributes:
        first: (P,) the row at which each pair comes first; its own where it is new.
        contradicted: (P,) whether the pair is listed as of one person and as of two.
    """

    first: IntArray
    contradicted: BoolArray

    @property
    def once(self) -> IntArray:
        """The rows that stay: each pair once, and none that is contradicted."""
        return np.flatnonzero((self.first == np.arange(len(self.first))) & ~self.contradicted)


def find_repeats(photos: IntArray, same: BoolArray) -> Repeats:
    """Find the pairs that come again.

    Args:
        photos: (P, 2) numbers of photos, from 0.
        same: (P,) whether each pair is said to show one person.
    """
    if not len(same):
        return Repeats(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_))
    ends = np.sort(photos, axis=1)
    _, first, pair = np.unique(
        ends[:, 0] * (ends.max() + 1) + ends[:, 1], return_index=True, return_inverse=True
    )
    genuine = np.bincount(pair, weights=same) > 0
    impostor = np.bincount(pair, weights=~same) > 0
    return Repeats(first[pair].astype(np.int64), (genuine & impostor)[pair])
