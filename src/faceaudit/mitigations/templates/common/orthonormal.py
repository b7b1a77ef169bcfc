"""Random directions that are at right angles to one another, drawn by a key."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from faceaudit.errors import InputError
from faceaudit.types import FloatArray

KEPT = 64
"""Matrices kept, so that one key for everybody is drawn once."""


@lru_cache(KEPT)
def orthonormal_rows(key: int, size: int, dimensions: int) -> FloatArray:
    """Return (dimensions, size) rows of length 1 at right angles, each as likely as any other.

    The Gram-Schmidt process on normal numbers, whose signs make the draw uniform (Mezzadri 2007,
    "How to generate random matrices from the classical compact groups", arXiv math-ph/0609050).

    Args:
        key: 0 or more.
        size: the length of a template.
        dimensions: 1 to `size`.

    Raises:
        InputError: more dimensions than a template has.
    """
    if dimensions > size:
        raise InputError(
            f"expected at most as many dimensions as a template has, {size}, got {dimensions}; "
            "try fewer"
        )
    drawn = np.random.default_rng([key, size]).standard_normal((size, dimensions))
    basis, upper = np.linalg.qr(drawn)
    found = (basis * np.where(np.diag(upper) < 0, -1.0, 1.0)).T.astype(np.float32)
    found.setflags(write=False)
    return found
