"""The share that another sample of as many will have: a prediction interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.types import Float64Array

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

MOST = 1_000_000
"""Trials that are told apart; more count for as many, which makes an interval wider."""


def predicted_ends(
    hits: float, misses: float, again: float, level: float = 0.95
) -> tuple[float, float]:
    """Return between which shares that of another sample will lie.

    The share behind the sample has a beta distribution with `hits` and `misses`, and as many of
    `again` trials hit as a binomial count with it: together a beta-binomial count (Skellam 1948,
    JRSS B 10:257). The ends are its quantiles, half a count farther out: less likely than
    (1 - level) / 2 is either a share below the lower end or one above the upper end, also of counts
    between whole ones, as those of comparisons are that count for fewer.

    Args:
        hits: above 0; need not be whole.
        misses: above 0.
        again: trials of the other sample, at least 1; what is not whole is cut off.
        level: coverage, in (0, 1).

    >>> low, high = predicted_ends(2, 998, 1000)
    >>> low, high
    (0.0, 0.0075)
    """
    count = int(min(max(1.0, again), MOST))
    scale = min(1.0, MOST / (hits + misses))
    chance = _beta_binomial(hits * scale, misses * scale, count)
    upto = np.cumsum(chance)
    beyond = np.cumsum(chance[::-1])[::-1]
    outside = (1 - level) / 2
    # The least count that with all below it is likelier than `outside`, and the same from above.
    low = int(np.argmax(upto > outside))
    high = count - int(np.argmax(beyond[::-1] > outside))
    return max(0.0, low - 0.5) / count, min(float(count), high + 0.5) / count


def _beta_binomial(hits: float, misses: float, count: int) -> Float64Array:
    """Return (count + 1,) chances of 0 to `count` hits."""
    number = np.arange(count + 1, dtype=np.float64)
    log = special.gammaln
    rest = count - number
    chance = log(number + hits) + log(rest + misses) - log(number + 1) - log(rest + 1)
    chance = np.exp(chance - chance.max())
    shares: Float64Array = chance / chance.sum()
    return shares
