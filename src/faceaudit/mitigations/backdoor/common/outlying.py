"""How far values lie from the others, in units that a few large ones do not change."""

from __future__ import annotations

import numpy as np

from faceaudit.types import Float64Array

NORMAL = 1.4826
"""Standard deviation of normal values, in median absolute deviations."""


def deviations(values: Float64Array) -> Float64Array:
    """Return (K,) values less their median, in standard deviations as their MAD has them.

    NaN stays NaN; where more than half are equal, they are not scaled.

    >>> deviations(np.array([1.0, 2.0, 3.0, 12.0])).round(2).tolist()
    [-1.01, -0.34, 0.34, 6.41]
    """
    if not np.isfinite(values).any():
        return values
    away: Float64Array = values - np.nanmedian(values)
    spread = NORMAL * float(np.nanmedian(np.abs(away)))
    return away / spread if spread > 0 else away
