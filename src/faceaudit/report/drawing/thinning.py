"""Some of many, spread evenly: a chart of a thousand marks is no clearer, and a large file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def spread_evenly(values: Sequence[T], most: int) -> list[T]:
    """Return at most so many of the values in their order, the first and the last among them.

    >>> spread_evenly([0, 1, 2, 3, 4, 5, 6], 3), spread_evenly([0, 1], 3)
    ([0, 3, 6], [0, 1])
    """
    if len(values) <= most:
        return list(values)
    step = (len(values) - 1) / (most - 1)
    return [values[round(place * step)] for place in range(most)]
