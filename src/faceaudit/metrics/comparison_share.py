"""A share of comparisons, which share people."""

from __future__ import annotations

import numpy as np

from faceaudit.errors import InputError
from faceaudit.metrics.clusters import effective_trials
from faceaudit.metrics.intervals import wilson, wilson_ends
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import BoolArray, Estimate, IntArray

People = tuple[IntArray, IntArray]
"""Numbers of the two people of each genuine (N, 2) and of each impostor comparison (M, 2)."""


def comparison_share(
    hits: BoolArray, people: IntArray | None = None, *, level: float = 0.95
) -> Estimate:
    """Estimate a share of comparisons with Wilson's interval.

    Comparisons that share a person are not independent: with `people` the interval is that of as
    many as would vary as little; see `effective_trials`. Without, they are taken as independent.
    `n` counts comparisons.

    Args:
        hits: (N,) bool.
        people: (N, 2) numbers of the people of each, 0 and up; None where nobody knows.
        level: coverage, in (0, 1).

    Raises:
        InputError: no comparison (a share of nothing is unknown, not zero), or columns that do not
            fit.

    >>> hits = np.array([True, True, True, False, False, False])
    >>> people = np.array([[0, 0], [0, 0], [0, 1], [2, 2], [2, 2], [2, 3]])
    >>> alone, shared = comparison_share(hits), comparison_share(hits, people)
    >>> round(alone.low, 2), round(shared.low, 2), shared.method
    (0.19, 0.05, 'wilson, people as clusters 95 %')
    """
    if people is None:
        return wilson(int(np.count_nonzero(hits)), len(hits), level)
    checked_people(people, len(hits))
    if not len(hits):
        raise InputError("expected at least one comparison, got 0; a share of nothing is unknown")
    value = float(np.mean(hits))
    trials = effective_trials((hits - value) / len(hits), people, level)
    low, high = wilson_ends(value, trials, z_of(level))
    return Estimate(value, low, high, len(hits), f"wilson, people as clusters {level * 100:g} %")


def checked_people(people: IntArray, count: int) -> None:
    """Raise unless there are two numbers of people, 0 and up, of each comparison.

    Raises:
        InputError: there are not.
    """
    if people.shape != (count, 2) or people.dtype.kind not in "iu":
        raise InputError(f"expected people ({count}, 2) as integers, got {people.shape}")
    if count and people.min() < 0:
        raise InputError(f"expected numbers of people from 0 up, got {people.min()}")
