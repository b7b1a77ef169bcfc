"""The grid that learned thresholds lie on, the same whatever the pairs: it tells no pair apart.

A threshold in a gap between two training pairs, however few decimals it is rounded to, tells of
these two where the gap is narrow. So thresholds are of a grid that no pair has a part in, and
pairs count by the first threshold of the grid that accepts them.
"""

from __future__ import annotations

import numpy as np

from faceaudit.types import Float64Array, IntArray

_DIGITS = 3


def up(values: Float64Array, finest: int) -> Float64Array:
    """Return the lowest thresholds of the grid that are not below values.

    The grid has three significant digits, but never more than `finest` decimals: with 2 of them its
    steps are 0.01 below 10, 0.1 below 100, and so on.

    Args:
        values: any number of them, finite.
        finest: decimals of the smallest thresholds.

    >>> up(np.array([0.123, 0.13, 13.37, -0.001]), 2).tolist()
    [0.13, 0.13, 13.4, 0.0]
    """
    values = np.asarray(values, dtype=np.float64)
    size = np.maximum(np.abs(values), np.finfo(np.float64).tiny)
    whole = np.floor(np.log10(size)).astype(np.int64) + 1
    whole -= size < 10.0 ** (whole - 1)  # the logarithm is rounded, too
    decimals = np.minimum(_DIGITS - whole, finest)
    steps = np.ceil(_steps(values, decimals))
    # The product is rounded: a value of the grid itself must stay what it is.
    steps -= _value(steps - 1, decimals) >= values
    steps += _value(steps, decimals) < values
    return _value(steps, decimals) + 0.0  # no -0


def down(values: Float64Array, finest: int) -> Float64Array:
    """Return the highest thresholds of the grid that are not above values; see `up`.

    >>> down(np.array([0.137, 13.37, -0.001]), 2).tolist()
    [0.13, 13.3, -0.01]
    """
    return -up(-np.asarray(values, dtype=np.float64), finest) + 0.0


def two_digits(value: float) -> float:
    """Return a number rounded to two significant digits.

    >>> two_digits(0.013851)
    0.014
    """
    return float(f"{value:.1e}")


def _steps(values: Float64Array, decimals: IntArray) -> Float64Array:
    power = 10.0 ** np.abs(decimals)
    return np.where(decimals >= 0, values * power, values / power)


def _value(steps: Float64Array, decimals: IntArray) -> Float64Array:
    """Return decimals as they are written: a division of whole numbers rounds once."""
    power = 10.0 ** np.abs(decimals)
    found: Float64Array = np.where(decimals >= 0, steps / power, steps * power)
    return found
