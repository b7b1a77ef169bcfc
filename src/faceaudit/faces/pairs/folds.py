"""Folds for pairs that come without any."""

from __future__ import annotations

import numpy as np

from faceaudit.types import BoolArray, IntArray


def spread(count: int, folds: int) -> IntArray:
    """Return (count,) folds for pairs in a row: consecutive pieces, as equal as can be.

    >>> spread(5, 2).tolist()
    [0, 0, 0, 1, 1]
    """
    folds = max(1, min(folds, count))
    sizes = np.full(folds, count // folds, dtype=np.int64)
    sizes[: count % folds] += 1
    return np.repeat(np.arange(folds, dtype=np.int64), sizes)


def spread_kinds(same: BoolArray, folds: int) -> IntArray:
    """Return (P,) folds as `spread` does; where one kind of pair comes first, each kind on its own.

    Else such a list would make folds of genuine pairs alone and of impostors alone.

    Args:
        same: (P,) which pairs are genuine.
        folds: how many, at most.

    >>> spread_kinds(np.array([True, True, True, False, False, False]), 3).tolist()
    [0, 1, 2, 0, 1, 2]
    """
    if len(same) < 2 or np.count_nonzero(same[1:] != same[:-1]) != 1:
        return spread(len(same), folds)
    fold = np.empty(len(same), dtype=np.int64)
    for kind in (same, ~same):
        fold[kind] = spread(int(np.count_nonzero(kind)), folds)
    return fold
