"""Figures of two histograms of scores: how they vary with people, and what they are by chance.

A figure that says how far two histograms lie apart is above 0 even where both are of the same
scores, and the more so the more bins there are. So it comes with its *floor*: what it is when the
labels mated and non-mated are dealt at random.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.metrics.comparison_share import People, checked_people
from faceaudit.metrics.scores import checked_both
from faceaudit.types import Estimate, Float64Array, IntArray

BINS = 30
DRAWS = 400
"""Samples of people, and as many deals of the labels."""

OfDensities = Callable[[Float64Array, Float64Array], Float64Array]
"""From shares in bins, (..., B) of mated and of non-mated scores, to (...) figures."""


@dataclass(frozen=True)
class Leak:
    """A figure of how much two kinds of scores differ, and what chance alone makes of it.

    Attributes:
        estimate: the figure; higher is more leak; n counts mated comparisons.
        floor: its mean with labels dealt at random, and the range of 95 % of such deals.
    """

    estimate: Estimate
    floor: Estimate

    @property
    def shown(self) -> bool:
        """Whether the figure lies above 97.5 % of those with labels dealt at random."""
        return self.estimate.value > self.floor.high


def leak_of(
    mated: npt.ArrayLike,
    non_mated: npt.ArrayLike,
    figure: OfDensities,
    *,
    bins: int = BINS,
    limits: tuple[float, float] | None = None,
    people: People | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> Leak:
    """Return a figure of two histograms with its interval and its floor.

    Bins are of one width from the lowest to the highest score of both kinds, and the same in every
    draw. The interval is of a bootstrap in which people are drawn with what is compared with them:
    a comparison counts as often as the product of how often its two people were drawn (Owen 2007,
    "The pigeonhole bootstrap"). Its ends are reflected at the value (the basic bootstrap): the
    figure of a sample lies above that of all people, and that of a sample of a sample above that
    again by about as much. Near 1, where little room is left, the lower quantile of the draws is
    the lower end if it is lower. Where the value does not lie above the floor, that end is 0.

    Args:
        mated: (N,) scores of two templates of one person each.
        non_mated: (M,) scores of two people's.
        figure: of the shares in bins.
        bins: how many, at least 2.
        limits: lowest and highest score that bins reach to; none means those that there are.
        people: who is compared, (N, 2) and (M, 2); None takes comparisons as independent.
        seed: of all draws.
        level: coverage, in (0, 1).

    Raises:
        InputError: no scores, scores that are not finite or outside of the limits, or columns that
            do not fit.
    """
    first, second = checked_both(mated, non_mated)
    if bins < 2:
        raise InputError(f"expected 2 bins or more, got {bins}")
    low, high = limits or (
        float(min(first.min(), second.min())),
        float(max(first.max(), second.max())),
    )
    outside = sum(int(np.count_nonzero((one < low) | (one > high))) for one in (first, second))
    if outside or low > high:
        raise InputError(f"expected scores from {low:g} to {high:g}, got {outside} outside")
    place = [_bins_of(one, low, high, bins) for one in (first, second)]
    counted = _Counted(place[0], place[1], bins, figure)
    value = counted.figure_of(np.ones(len(first)), np.ones(len(second)))
    rng = np.random.default_rng(seed)
    dealt = np.array([counted.dealt(rng) for _ in range(DRAWS)])
    if people is not None:
        for who, one in zip(people, (first, second), strict=True):
            checked_people(who, len(one))
    drawn = np.array([counted.figure_of(*weights) for weights in _draws(counted, people, rng)])
    drawn = drawn[np.isfinite(drawn)]
    tails = (0.5 - level / 2, 0.5 + level / 2)
    floor = np.quantile(dealt, tails)
    lower, upper = np.quantile(drawn if len(drawn) else dealt, tails)
    ends = min(lower, 2 * value - upper) if value > floor[1] else 0.0, 2 * value - lower
    of = "people" if people is not None else "comparisons"
    binned = f"{bins} bins from {low:.4g} to {high:.4g}"
    percent = f"{level * 100:g} %"
    mean = float(dealt.mean())
    return Leak(
        Estimate(
            value,
            max(0.0, min(value, float(ends[0]))),
            min(1.0, max(value, float(ends[1]))),
            len(first),
            f"{binned}, bootstrap of {of} {percent}",
        ),
        Estimate(
            mean,
            min(mean, float(floor[0])),
            max(mean, float(floor[1])),
            len(first),
            f"{binned}, labels dealt at random {percent}",
        ),
    )


@dataclass(frozen=True, eq=False)
class _Counted:
    """The bin of each mated and of each non-mated score."""

    mated: IntArray
    other: IntArray
    bins: int
    figure: OfDensities

    def figure_of(self, mated: Float64Array, other: Float64Array) -> float:
        """Return the figure with comparisons that count so much; not a number where none does."""
        if not mated.sum() or not other.sum():
            return float("nan")
        sides = [
            np.bincount(place, weight, minlength=self.bins) / weight.sum()
            for place, weight in ((self.mated, mated), (self.other, other))
        ]
        # Shares add up to 1 but for rounding, which must not lift a figure above 1.
        return float(np.clip(self.figure(*sides), 0, 1))

    def dealt(self, rng: np.random.Generator) -> float:
        """Return the figure with labels dealt at random."""
        both = rng.permutation(np.concatenate([self.mated, self.other]))
        one, two = np.split(both, [len(self.mated)])
        again = _Counted(one, two, self.bins, self.figure)
        return again.figure_of(np.ones(len(one)), np.ones(len(two)))


def _bins_of(scores: npt.NDArray[np.floating], low: float, high: float, bins: int) -> IntArray:
    """Return the bin of each score, 0 up; that of the highest is the last one."""
    if low == high:
        return np.zeros(len(scores), dtype=np.int64)
    place = np.floor((scores.astype(np.float64) - low) / (high - low) * bins)
    return np.minimum(place.astype(np.int64), bins - 1)


def _draws(
    counted: _Counted, people: People | None, rng: np.random.Generator
) -> Iterator[tuple[Float64Array, Float64Array]]:
    """Yield how often mated and non-mated comparisons count in each draw."""
    if people is None:
        for _ in range(DRAWS):
            yield _times(len(counted.mated), rng), _times(len(counted.other), rng)
        return
    names = np.unique(np.concatenate([one.ravel() for one in people]))
    mated, other = (np.searchsorted(names, one) for one in people)
    for _ in range(DRAWS):
        times = _times(len(names), rng)
        yield _products(times, mated), _products(times, other)


def _times(count: int, rng: np.random.Generator) -> Float64Array:
    """Return how often each of `count` is drawn in as many draws with return."""
    return rng.multinomial(count, np.full(count, 1 / count)).astype(np.float64)


def _products(times: Float64Array, people: IntArray) -> Float64Array:
    """Return how often comparisons of people count; of one with themself as often as they do."""
    first, second = times[people[:, 0]], times[people[:, 1]]
    return np.where(people[:, 0] == people[:, 1], first, first * second)
