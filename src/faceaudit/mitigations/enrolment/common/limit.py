"""Limits of a score that a further clean photo is beyond as seldom as is asked for."""

from __future__ import annotations

import math

import numpy as np

from faceaudit.errors import InputError
from faceaudit.types import Float64Array, FloatArray

FEWEST = 20
"""Clean photos that a check learns from at least."""


def check_people(photos: int) -> None:
    """Raise where there are too few clean photos to learn from.

    Raises:
        InputError: fewer than 20.
    """
    if photos < FEWEST:
        raise InputError(
            f"expected at least {FEWEST} clean photos to learn what faces look like, got "
            f"{photos}; try more people"
        )


def limit_of(scores: FloatArray | Float64Array, refused: float) -> float:
    """Return what a further score of the same kind is above with a chance of `refused` at most.

    It is the score of rank ceil((n + 1)(1 - refused)) of n: the rank of one more among them is any
    of n + 1, as likely as another (split conformal prediction: Vovk, Gammerman, Shafer 2005). A
    quantile of the n themselves lets more out, the more so the fewer there are. Where n is below
    1 / refused - 1 no rank will do, and the largest stands, above which the chance is 1 / (n + 1).

    Args:
        scores: (n,) of clean photos, n at least 1.
        refused: the chance, in (0, 1).

    >>> limit_of(np.arange(99.0), 0.02), limit_of(np.arange(9.0), 0.02)
    (97.0, 8.0)
    """
    ordered = np.sort(scores)
    rank = math.ceil((len(ordered) + 1) * (1 - refused) - 1e-9)
    return float(ordered[min(rank, len(ordered)) - 1])


def refused_at_least(refused: float, photos: int) -> float:
    """Return the chance that so many photos can fix a limit for: `refused`, or 1 / (n + 1).

    >>> refused_at_least(0.02, 99), refused_at_least(0.02, 19)
    (0.02, 0.05)
    """
    return max(refused, 1 / (photos + 1))
