"""Groups dealt to people anew: what differences between groups chance makes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from faceaudit.metrics.clusters import unordered
from faceaudit.metrics.intervals import wilson
from faceaudit.types import BoolArray, Estimate, Float64Array, IntArray

DRAWS = 999
"""Permutations of the groups among the people."""
MOST_DRAWS = 9_999
"""As many where fewer than `RARE` of the first are as far apart: the lowest probability that is
told is 0.0001, which many tests of one table may be multiplied with."""
RARE = 10
AT_ONCE = 2_000_000
"""People who are dealt a group at once, over several draws."""

Measured = tuple[Estimate | None, str]
"""An estimate, or the reason why there is none."""


def permute_groups(
    hits: BoolArray | Float64Array,
    people: IntArray,
    group: IntArray,
    groups: int,
    *,
    seed: int,
    draws: int | None = None,
) -> tuple[Measured, Measured]:
    """Return the Max/GeoMean that equal groups show, and the probability of a difference.

    The groups are dealt to the people anew (Pitman 1937), so that all tries of a person stay
    together. The difference is Pearson's chi-squared of tries and groups, which has a meaning where
    a rate is zero, too. The probability counts the groups as they are among those dealt, and so is
    never zero; its interval is that of the draws.

    Comparisons of two people are first taken apart into what each person adds to the rate of their
    group; see `_of_people`. Only comparisons within a group count: strangers of two groups are told
    apart more easily, and say nothing of how equal groups would differ.

    Args:
        hits: (N,) in [0, 1].
        people: (N,) the person of each try, or (N, 2) both people of each comparison.
        group: (P,) the group of each person, -1 for those who are set aside.
        groups: how many there are, each with tries of three people at least.
        seed: of the draws.
        draws: how many; when None 999, or 9,999 where the difference is rare among those.

    >>> people = np.arange(40)
    >>> hits = (people < 12) | (people >= 36)  # 12 of the first 20 people, 4 of the others
    >>> chance, p = permute_groups(hits, people, people // 20, 2, seed=0)
    >>> round(chance[0].value, 2), p[0].value
    (1.13, 0.025)
    """
    each = _each_person(np.asarray(hits, dtype=np.float64), people, group, groups)
    seen = _chi_squared(*each.sums(each.group[None], groups))[0]
    rng = np.random.default_rng(seed)
    reached, ratios = 0, np.empty(0)
    for count in (draws,) if draws else (DRAWS, MOST_DRAWS):
        while len(ratios) < count:
            at_once = min(max(1, AT_ONCE // len(each.group)), count - len(ratios))
            dealt = rng.permuted(np.tile(each.group, (at_once, 1)), axis=1)
            sums = each.sums(dealt, groups)
            reached += int(np.count_nonzero(_chi_squared(*sums) >= seen * (1 - 1e-9)))
            ratios = np.concatenate([ratios, _plain_ratios(*sums)])
        if reached >= RARE:
            break
    count = len(ratios)
    chance = float(np.median(ratios))
    by_chance: Measured = (Estimate(chance, chance, chance, count, f"median of {count} draws"), "")
    if not math.isfinite(chance):
        why = "where groups are dealt anew, most draws leave one without any; a ratio is undefined"
        by_chance = (None, why)
    method = f"permuted over people, {count} draws, wilson 95 %"
    probability = replace(wilson(reached + 1, count + 1), n=count, method=method)
    return by_chance, (probability, "")


@dataclass(frozen=True, eq=False)
class _Each:
    """Hits and tries of each person, and the group; those of comparisons are shares of a rate."""

    hits: Float64Array
    tries: Float64Array
    group: IntArray

    def sums(self, groups: IntArray, count: int) -> tuple[Float64Array, Float64Array]:
        """Return (R, K) hits and tries of each group, of (R, people) groups of the people."""
        index = (groups + count * np.arange(len(groups))[:, None]).ravel()
        hits, tries = (
            np.bincount(index, np.broadcast_to(one, groups.shape).ravel(), count * len(groups))
            .reshape(len(groups), count)
            .astype(np.float64)
            for one in (self.hits, self.tries)
        )
        return hits, tries


def _each_person(hits: Float64Array, people: IntArray, group: IntArray, groups: int) -> _Each:
    """Return what each person adds who has tries in a group."""
    both = people.reshape(len(hits), -1)
    own = group[both]
    some = (own[:, 0] == own[:, -1]) & (own[:, 0] >= 0)
    hits, both = hits[some], both[some]
    if (both[:, 0] != both[:, -1]).any():
        return _of_people(hits, both, group, groups)
    present, place = np.unique(both[:, 0], return_inverse=True)
    tries = np.bincount(place).astype(np.float64)
    return _Each(np.bincount(place, hits).astype(np.float64), tries, group[present])


def _of_people(hits: Float64Array, people: IntArray, group: IntArray, groups: int) -> _Each:
    """Return comparisons of two people of a group as a value of each person.

    The mean of the values in a group is its rate r, and their spread what people make of it: r plus
    n S / T, with n people, T comparisons, and S what the comparisons of one person exceed r by, the
    projection of Hoeffding 1948 (Annals of Mathematical Statistics 19:293). They are drawn together
    by as much as S counts the chance of single comparisons twice, once for each person (Aronow,
    Samii, Assenova 2015, arXiv 1312.3398), and apart by (n - 1) / (n - 2), since r has a part of
    each person in it.
    """
    present = np.unique(people)
    first, second = np.searchsorted(present, people).T
    of_person, of_pair = group[present], group[people[:, 0]]
    tries = np.bincount(of_pair, minlength=groups)
    rate = np.bincount(of_pair, hits, groups) / tries
    more = hits - rate[of_pair]
    two = first != second
    added = np.bincount(first, more, len(present))
    added += np.bincount(second[two], more[two], len(present))
    _, pair = np.unique(unordered(people), return_inverse=True)
    of_both = np.bincount(pair, more * two)  # comparisons of the same two people go together
    place = np.empty(len(of_both), dtype=np.int64)
    place[pair] = of_pair
    twice, once = np.bincount(of_person, added**2, groups), np.bincount(place, of_both**2, groups)
    variance = np.maximum(once, twice - once)
    shrunk = np.sqrt(np.divide(variance, twice, out=np.ones(groups), where=twice > 0))
    count = np.bincount(of_person, minlength=groups)
    scale = shrunk * (count - 1) / (count - 2) * count / tries
    values = rate[of_person] + scale[of_person] * added
    return _Each(values, np.ones(len(present)), of_person)


def _chi_squared(hits: Float64Array, tries: Float64Array) -> Float64Array:
    """Return (R,) Pearson's statistic of (R, K); nothing where all hit, or none does."""
    whole = tries.sum(axis=1, keepdims=True)
    share = hits.sum(axis=1, keepdims=True) / whole
    apart = (hits - share * tries) ** 2 / np.maximum(tries, 1)
    spread = (share * (1 - share))[:, 0]
    return np.asarray(apart.sum(axis=1) / np.where(spread > 0, spread, np.inf))


def _plain_ratios(hits: Float64Array, tries: Float64Array) -> Float64Array:
    """Return (R,) Max/GeoMean of (R, K); infinite where a group has none, or less."""
    known = np.asarray((hits > 0).all(axis=1))
    logs = np.log(np.where(known[:, None], hits / np.maximum(tries, 1), 1.0))
    return np.where(known, np.exp(logs.max(axis=1) - logs.mean(axis=1)), np.inf)
