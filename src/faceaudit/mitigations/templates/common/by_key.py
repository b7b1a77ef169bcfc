"""Templates that share a key, one group after the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from faceaudit.errors import InputError
from faceaudit.types import FloatArray, IntArray


def each_key(
    rows: FloatArray, keys: IntArray, change: Callable[[FloatArray, int], FloatArray]
) -> FloatArray:
    """Return (N, F) rows, changed by `change` with the key of each; (n, E) of one key at a time.

    Raises:
        InputError: there are not as many keys as rows, or a key is below 0.
    """
    if keys.shape != (len(rows),) or (len(keys) and keys.min() < 0):
        raise InputError(
            f"expected {len(rows)} keys of 0 or more, one a template, got {keys.shape}"
            + (f" from {keys.min()} up" if keys.size else "")
        )
    if not len(rows):
        return change(rows, 0)
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    parts = [
        change(rows[some], int(keys[some[0]])) for some in np.split(order, starts[1:].tolist())
    ]
    found = np.concatenate(parts)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return np.asarray(found[back])
