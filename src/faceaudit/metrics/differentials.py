"""Differentials: how far a rate differs between groups of people.

The ratios are those of NIST's Face Recognition Technology Evaluation (FRTE) on demographic
differentials: Max/GeoMean, the highest rate over the geometric mean of all groups, and Max/Min.
The highest of several rates is high by chance as well, so that two more figures go with them: the
Max/GeoMean that equal groups of the same sizes would show, and the probability of a difference as
large as the one seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from faceaudit.errors import InputError
from faceaudit.metrics.clustered_share import clustered_share
from faceaudit.metrics.clusters import effective_trials
from faceaudit.metrics.group_permutation import Measured, permute_groups
from faceaudit.metrics.intervals import wilson_ends
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import BoolArray, Estimate, Float64Array, IntArray

FEWEST_PEOPLE = 10
"""People a group needs: with fewer, an interval over people says little of any others."""
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Tries:
    """N tries or comparisons, who is on the photos, and the groups these are of.

    Attributes:
        hits: (N,) in [0, 1]: what is counted, such as an error or a success.
        people: (N,) the person of each try, or (N, 2) both people of each comparison.
        names: what the K groups are called.
        group: (P,) the group of each person by number, 0..K-1, or -1 where nobody knows; a
            comparison is of a group when both its people are. None where groups are of photos.
        tried: (N,) the group of each try, where groups are of photos, or -1; else None.
    """

    hits: BoolArray | Float64Array
    people: IntArray
    names: tuple[str, ...]
    group: IntArray | None = None
    tried: IntArray | None = None

    def __post_init__(self) -> None:
        if (self.group is None) == (self.tried is None):
            raise InputError("expected groups of people or of tries, got both or neither")
        if len(self.people) != len(self.hits) or self.people.ndim not in (1, 2):
            raise InputError(
                f"expected people ({len(self.hits)},) or ({len(self.hits)}, 2), got "
                f"{self.people.shape}"
            )

    def of_try(self, group: IntArray | None = None) -> IntArray:
        """Return (N,) the group of each try; other groups of the people may be given."""
        if self.tried is not None:
            return self.tried
        known = self.group if group is None else group
        assert known is not None
        own: IntArray = known[self.people]
        return own if own.ndim == 1 else np.where(own[:, 0] == own[:, 1], own[:, 0], -1)


@dataclass(frozen=True)
class GroupRate:
    """A rate in one group.

    Attributes:
        name: of the group.
        people: how many people its tries are of.
        tries: how many there are.
        rate: with an interval over people; None where the group is too small.
        why: why it is None.
    """

    name: str
    people: int
    tries: int
    rate: Estimate | None
    why: str = ""


@dataclass(frozen=True)
class Differential:
    """Rates by group and what sets them apart; each figure is an estimate, or says why it is none.

    Attributes:
        groups: those that any try is of.
        max_over_geomean: the highest rate over the geometric mean of all; 1 when all are equal.
        max_over_min: the highest rate over the lowest.
        difference: the highest rate less the lowest.
        by_chance: the Max/GeoMean that equal groups would show: its median where groups are dealt
            to the people anew.
        p: the probability of so large a difference where a person's group makes none.
    """

    groups: tuple[GroupRate, ...]
    max_over_geomean: Measured
    max_over_min: Measured
    difference: Measured
    by_chance: Measured
    p: Measured


def differential(
    tries: Tries, *, least: int = 1, seed: int = 0, draws: int | None = None
) -> Differential:
    """Compare a rate between groups.

    A group of fewer than 10 people, or with fewer tries than the rate asks for, is refused: it has
    no rate, and is no part of any comparison. Intervals of rates take people as clusters. Those of
    ratios and of the difference hold whichever group is really the highest; see `compare_rates`.
    The test is a permutation of the groups among the people (Pitman 1937), by Pearson's
    chi-squared of tries and groups, so that all tries of a person stay together; of comparisons
    each person keeps what they add to the rate of their group. Groups of photos are not tested: the
    same people are in several of them.

    Args:
        tries: what was counted, and by whom.
        least: tries a group needs, such as 1/FMR where a threshold was chosen for an FMR.
        seed: of the draws.
        draws: how many; when None 999, or 9,999 where the difference is rare among those.

    >>> hits = np.repeat([True, False, True, False], [30, 10, 10, 30])
    >>> people = np.repeat(np.arange(40), 2)
    >>> found = differential(Tries(hits, people, ("a", "b"), group=np.repeat([0, 1], 20)))
    >>> [group.rate.value for group in found.groups]
    [0.75, 0.25]
    >>> round(found.max_over_geomean[0].value, 3), round(found.max_over_min[0].value, 3)
    (1.732, 3.0)
    >>> found.p[0].value < 0.01
    True
    """
    groups = tuple(_group_rates(tries, least))
    known = [one.rate for one in groups if one.rate is not None]
    compared = compare_rates(known)
    if len(known) < 2:
        none: Measured = (None, too_few_groups(len(known)))
        return Differential(groups, *compared, none, none)
    kept = [tries.names.index(one.name) for one in groups if one.rate is not None]
    return Differential(groups, *compared, *_permute(tries, kept, seed, draws))


def compare_rates(rates: Sequence[Estimate]) -> tuple[Measured, Measured, Measured]:
    """Return Max/GeoMean, Max/Min and the difference of rates of groups, from their intervals.

    Each is the largest of several contrasts of the rates, or of their logarithms: that of a group
    to the geometric mean of all, or of one to another. A contrast's interval adds the ends of the
    rates' intervals in squares (Zou, Donner 2008, Statistics in Medicine 27:1693), which takes
    groups as independent; people who are in several make it too wide. The interval of the largest
    begins where one of the contrasts begins at a level shared by all of them (Bonferroni), since
    the largest one seen is chosen, and ends where the farthest ends. A rate of zero has no ratio,
    and one to a rate whose interval begins at zero has no upper end: it is unknown, too.

    Args:
        rates: (K,) a rate a group, with intervals at 95 %.

    >>> from faceaudit.metrics.intervals import wilson
    >>> a, b, c = (wilson(hits, 1000) for hits in (20, 10, 5))
    >>> geomean, extremes, difference = compare_rates([a, b, c])
    >>> round(geomean[0].value, 6), round(extremes[0].value, 6), round(difference[0].value, 6)
    (2.0, 4.0, 0.015)
    >>> compare_rates([a, wilson(0, 1000)])[0][1]
    'expected a rate above zero in every group, got 1 of 2 at zero; a ratio to it is undefined'
    """
    count = len(rates)
    if count < 2:
        none: Measured = (None, too_few_groups(count))
        return none, none, none
    pairs = [_contrast(count, {one: 1.0, two: -1.0}) for one, two in permutations(range(count), 2)]
    plain = np.array([[one.low, one.value, one.high] for one in rates])
    difference = _largest(plain, pairs, count)
    zeros = sum(one.value <= 0 for one in rates)
    if zeros:
        why = (
            f"expected a rate above zero in every group, got {zeros} of {count} at zero; a ratio "
            "to it is undefined"
        )
        return (None, why), (None, why), (difference, "")
    zeros = sum(one.low <= 0 for one in rates)
    if zeros:
        why = (
            f"expected intervals above zero in every group, got {zeros} of {count} that begin "
            "there; a ratio to it has no upper end"
        )
        return (None, why), (None, why), (difference, "")
    logs = np.log(plain)
    to_mean = [
        _contrast(count, {other: float(other == one) - 1 / count for other in range(count)})
        for one in range(count)
    ]
    geomean, extremes = (_as_ratio(_largest(logs, some, count)) for some in (to_mean, pairs))
    return (geomean, ""), (extremes, ""), (difference, "")


def too_few_groups(known: int) -> str:
    """Return why nothing is compared."""
    return f"expected at least two groups that are large enough, got {known}"


def _group_rates(tries: Tries, least: int) -> Iterator[GroupRate]:
    own = tries.of_try()
    for number, name in enumerate(tries.names):
        some = own == number
        people, count = len(np.unique(tries.people[some])), int(np.count_nonzero(some))
        found = GroupRate(name, people, count, None)
        if not count:
            continue
        if people < FEWEST_PEOPLE:
            why = f"expected at least {FEWEST_PEOPLE} people in a group, got {people}"
            yield replace(found, why=why)
        elif count < least:
            why = f"expected at least {least:,} tries in a group for the rate, got {count:,}"
            yield replace(found, why=why)
        else:
            rate = _rate(tries.hits[some], tries.people[some])
            yield replace(found, rate=replace(rate, method=f"{rate.method}, {people} people"))


def _rate(hits: BoolArray | Float64Array, people: IntArray) -> Estimate:
    """Return a share with people as clusters."""
    if people.ndim == 1:
        return clustered_share(hits, people)
    value = float(np.mean(hits))
    trials = effective_trials((hits - value) / len(hits), people, LEVEL)
    if 0 < value < 1 and (people[:, 0] != people[:, 1]).any():
        # The rate has a part of each of its few people in it, who so lie closer to it.
        count = len(np.unique(people))
        trials = max(1.0, trials * ((count - 2) / (count - 1)) ** 2)
    method = f"wilson, people as clusters {LEVEL * 100:g} %"
    return Estimate(value, *wilson_ends(value, trials, z_of(LEVEL)), len(hits), method)


def _contrast(count: int, weights: dict[int, float]) -> Float64Array:
    return np.array([weights.get(place, 0.0) for place in range(count)])


def _largest(ends: Float64Array, contrasts: Sequence[Float64Array], groups: int) -> Estimate:
    """Return the largest of some contrasts of (K, 3) low ends, values and high ends."""
    low, value, high = ends.T
    below, above = value - low, high - value
    usual = z_of(LEVEL)
    shared = z_of(1 - (1 - LEVEL) / len(contrasts)) / usual
    values, firsts, lasts = [], [], []
    for weights in contrasts:
        plus, minus = np.maximum(weights, 0), np.maximum(-weights, 0)
        at = float(weights @ value)
        values.append(at)
        firsts.append(at - shared * _in_squares(plus, below, minus, above))
        lasts.append(at + _in_squares(plus, above, minus, below))
    method = f"largest of {groups} groups, zou-donner {LEVEL * 100:g} %"
    # Of equal rates the largest contrast is 0, whatever rounding makes of their logarithms.
    return Estimate(max(0.0, *values), max(0.0, *firsts), max(lasts), groups, method)


def _in_squares(
    plus: Float64Array, one: Float64Array, minus: Float64Array, other: Float64Array
) -> float:
    """Return the reach of a contrast: the ends of what it adds and of what it takes away."""
    return math.hypot(*(plus * one), *(minus * other))


def _as_ratio(logarithm: Estimate) -> Estimate:
    low, value, high = (math.exp(end) for end in (logarithm.low, logarithm.value, logarithm.high))
    method = logarithm.method.replace("zou-donner", "zou-donner of logarithms")
    return Estimate(value, low, high, logarithm.n, method)


def _permute(
    tries: Tries, kept: Sequence[int], seed: int, draws: int | None
) -> tuple[Measured, Measured]:
    """Return the Max/GeoMean that chance makes, and the probability of the difference."""
    if tries.group is None:
        why = "groups of photos share people and are not tested; see the interval of the difference"
        return (None, why), (None, why)
    place = np.full(len(tries.names) + 1, -1)  # the last one stands for -1
    place[list(kept)] = np.arange(len(kept))
    group = place[tries.group]
    return permute_groups(tries.hits, tries.people, group, len(kept), seed=seed, draws=draws)
