"""Wilson intervals of many shares at once, for curves."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from faceaudit.errors import InputError
from faceaudit.types import Float64Array


def z_of(level: float) -> float:
    """Return how many standard errors an interval of this coverage reaches to either side."""
    if not 0 < level < 1:
        raise InputError(f"expected a level between 0 and 1, got {level}")
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson_band(
    shares: Float64Array, trials: float, level: float = 0.95
) -> tuple[Float64Array, Float64Array]:
    """Return the lower and the upper ends of `wilson` for each share of the same trials.

    >>> low, high = wilson_band(np.array([0.0, 1.0]), 57)
    >>> round(float(low[1]), 4), float(high[1])
    (0.9369, 1.0)
    """
    z = z_of(level)
    centre = (shares + z * z / (2 * trials)) / (1 + z * z / trials)
    reach = np.sqrt(shares * (1 - shares) / trials + z * z / (4 * trials * trials))
    reach *= z / (1 + z * z / trials)
    low = np.maximum(0.0, np.minimum(shares, centre - reach))
    return low, np.minimum(1.0, np.maximum(shares, centre + reach))
