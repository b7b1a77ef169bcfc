"""The share of successes behind tries that come in clusters, each with a share of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.metrics.intervals import wilson_ends
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import Float64Array

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

_SHARES, _SPREADS = 64, 20
_FARTHEST = 6.0
"""Standard errors, of as many trials as clusters, that the means looked at reach to."""
_AT_ONCE = 64


def beta_binomial_ends(
    hits: Float64Array,
    tries: Float64Array,
    value: float,
    *,
    most: float | None = None,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the ends of an interval of the mean of clusters' shares.

    Each of C clusters has a share of its own from a beta distribution with mean m and standard
    deviation s, and its tries succeed independently with that (the beta-binomial of Skellam 1948,
    JRSS B 10:257). The ends are quantiles of what the counts say of m, by numerical integration
    over s: a priori arcsin(sqrt(m)) is flat, and so is r = s^2 / (m (1 - m)), the correlation of
    two tries of a cluster; or, where `most` is given, sqrt(r), as far as s is not above `most`.
    They reach at least as far as `wilson`'s, of tries that are independent.

    Args:
        hits: (C,) successes, 0 and up; need not be whole.
        tries: (C,) how many tries, above 0.
        value: the estimate, which the interval holds.
        most: the largest standard deviation of clusters' shares, in (0, 0.5].
        level: coverage, in (0, 1).

    >>> low, high = beta_binomial_ends(np.array([5.0, 5, 0, 4]), np.full(4, 5.0), 0.7)
    >>> round(low, 2), round(high, 2)
    (0.26, 0.92)
    """
    shares, spread, weight = _grid(value, len(hits), most)
    precision = 1 / spread - 1
    first, second = shares[:, None] * precision, (1 - shares[:, None]) * precision
    log = special.gammaln
    chance = len(hits) * (log(precision) - log(first) - log(second))
    rows, times = np.unique(np.column_stack([hits, tries]), axis=0, return_counts=True)
    for start in range(0, len(rows), _AT_ONCE):
        seen, of = rows[start : start + _AT_ONCE].T[:, :, None, None]
        many = times[start : start + _AT_ONCE].astype(np.float64)
        chance += np.tensordot(many, log(seen + first) + log(of - seen + second), 1)
        chance -= np.tensordot(many, log(of + precision), 1)
    density = np.sum(np.exp(chance - chance.max()) * weight, axis=1)
    below = np.cumsum(density) - density / 2
    low, high = np.interp([(1 - level) / 2, (1 + level) / 2], below / density.sum(), shares)
    least_low, least_high = wilson_ends(value, float(tries.sum()), z_of(level))
    return min(value, float(low), least_low), max(value, float(high), least_high)


def _grid(
    value: float, clusters: int, most: float | None
) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Return (K,) means, correlations within a cluster, and prior weights, (1, Q) or (K, Q) each.

    The means reach beyond where even one try a cluster would leave any chance.
    """
    ends = np.arcsin(np.sqrt(wilson_ends(value, clusters, _FARTHEST)))
    angle = ends[0] + (ends[1] - ends[0]) * (np.arange(_SHARES) + 0.5) / _SHARES
    shares = np.sin(angle) ** 2
    step = (np.arange(_SPREADS) + 0.5) / _SPREADS  # squared: most of the grid is at small spreads
    if most is None:
        return shares, step[None] ** 2, step[None]
    top = np.minimum(most**2 / (shares * (1 - shares)), 1.0)[:, None]
    # The grid is even in the square root, whose density is flat: only its range is a weight.
    return shares, top * step**2, np.sqrt(top) * np.ones_like(step)
