"""The test of groups dealt anew: calibrated, exact on few people, and what chance shows."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from faceaudit.metrics.differentials import Tries, differential
from faceaudit.metrics.group_permutation import _of_people
from helpers.grouped_tries import pairs_of, people_of

RUNS = 200


def test_the_probability_is_that_of_all_ways_to_deal_the_groups() -> None:
    rng = np.random.default_rng(3)
    hits = rng.integers(0, 9, 20)
    tries = Tries(
        np.concatenate([np.arange(8) < one for one in hits]),
        np.repeat(np.arange(20), 8),
        ("a", "b"),
        group=np.repeat([0, 1], 10),
    )
    # With equal sizes Pearson's statistic grows with how far the sum of one group is from half.
    half = hits.sum() / 2
    seen = abs(hits[:10].sum() - half)
    sums = np.array([hits[list(some)].sum() for some in itertools.combinations(range(20), 10)])
    exact = float(np.mean(np.abs(sums - half) >= seen - 1e-9))
    p = differential(tries, draws=4000).p[0]
    assert p is not None
    assert p.value == pytest.approx(exact, abs=0.03)


def test_the_lowest_probability_is_one_of_as_many_as_were_dealt_and_never_none() -> None:
    rare = differential(people_of([40, 40], [0.05, 0.95])).p[0]
    usual = differential(people_of([40, 40], [0.3, 0.3])).p[0]
    assert rare is not None
    assert usual is not None
    assert (rare.value, rare.n) == (1 / 10_000, 9_999)
    assert (usual.value > 0.01, usual.n) == (True, 999)


def test_a_persons_tries_stay_together() -> None:
    # Half of each group always hits: tries differ much, people of the groups do not.
    hits = np.repeat(np.tile([True, False], 12), 50)
    hits[:50] = False
    tries = Tries(hits, np.repeat(np.arange(24), 50), ("a", "b"), group=np.repeat([0, 1], 12))
    p = differential(tries).p[0]
    assert p is not None
    assert p.value > 0.5


def test_equal_groups_are_found_to_differ_no_more_often_than_stated() -> None:
    found = 0
    for seed in range(RUNS):
        p = differential(people_of([12, 20, 12], [0.3] * 3, seed=seed), draws=199).p[0]
        assert p is not None
        found += p.value <= 0.05
    assert found <= 18  # 200 at 5 %: 99 times of 100 no more than 18


def test_a_planted_difference_is_found() -> None:
    found = 0
    for seed in range(50):
        p = differential(people_of([20, 20], [0.1, 0.5], seed=seed), draws=199).p[0]
        found += p is not None and p.value <= 0.05
    assert found >= 45


def test_the_ratio_of_equal_groups_grows_with_their_number_and_shrinks_with_their_size() -> None:
    few, many, large = (
        differential(people_of(sizes, [0.2] * len(sizes))).by_chance[0]
        for sizes in ([12, 12], [12] * 6, [120, 120])
    )
    assert few is not None
    assert many is not None
    assert large is not None
    assert 1 < large.value < few.value < many.value


@pytest.mark.parametrize("across", [0.1, 0.03])
def test_comparisons_within_equal_groups_are_found_to_differ_no_more_often_than_stated(
    across: float,
) -> None:
    found = 0
    for seed in range(RUNS):
        p = differential(pairs_of([14, 14], [0.1, 0.1], seed, across=across), draws=199).p[0]
        assert p is not None
        found += p.value <= 0.05
    assert found <= 18


@pytest.mark.parametrize("sizes", [[12] * 6, [12, 40]])
def test_people_who_are_alike_to_many_make_no_difference_where_groups_are_apart(
    sizes: list[int],
) -> None:
    # Strangers of one group are taken for one another far more often than those of two, and some
    # people for many others: groups dealt to people with the comparisons were wrong in 46 of 100.
    found, seen, chance = 0, [], []
    for seed in range(RUNS):
        tries = pairs_of(sizes, [0.2] * len(sizes), seed, across=0.01, odd=0.8)
        one = differential(tries, draws=199)
        assert one.p[0] is not None
        found += one.p[0].value <= 0.05
        if one.max_over_geomean[0] is not None and one.by_chance[0] is not None:
            seen.append(one.max_over_geomean[0].value)
            chance.append(one.by_chance[0].value)
    assert found <= 21  # 200 at 6 %: 99 times of 100 no more than 21
    assert float(np.median(chance)) == pytest.approx(float(np.median(seen)), rel=0.1)


def test_a_persons_value_is_what_its_comparisons_make_of_the_rate_of_a_group() -> None:
    # Where a comparison is a sum of what both people are, their own numbers come back: each value
    # is the mean of the group plus twice what the person is above the others.
    rng = np.random.default_rng(4)
    group = np.repeat([0, 1], [10, 17])
    number = rng.normal(0.2, 0.05, len(group))
    first, second = np.triu_indices(len(group), 1)
    hits = number[first] + number[second]
    values = _of_people(
        hits[group[first] == group[second]],
        np.column_stack([first, second])[group[first] == group[second]],
        group,
        2,
    )
    for one in (0, 1):
        own = number[group == one]
        others = 2 * own.mean() + 2 * (own - own.mean())
        got = values.hits[values.group == one]
        assert got.mean() == pytest.approx(2 * own.mean(), abs=1e-9)
        # Single comparisons have no chance of their own here; what is taken off for it is little.
        factor = float(np.polyfit(others - others.mean(), got - got.mean(), 1)[0])
        assert np.corrcoef(others, got)[0, 1] == pytest.approx(1, abs=1e-9)
        count = len(own)
        more = (own[:, None] + own[None] - 2 * own.mean())[np.triu_indices(count, 1)]
        added = np.array(
            [(own[i] + np.delete(own, i) - 2 * own.mean()).sum() for i in range(count)]
        )
        shrunk = math.sqrt(1 - (more**2).sum() / (added**2).sum())
        assert factor == pytest.approx(shrunk, abs=1e-9)


def test_values_of_people_are_those_of_a_count_one_by_one() -> None:
    # Some people are compared with themselves, some with the same other one again, in any order.
    rng = np.random.default_rng(6)
    group = np.repeat([0, 1], [11, 14])
    people = rng.integers(0, 25, (900, 2))
    people[:60, 1] = people[:60, 0]
    same = group[people[:, 0]] == group[people[:, 1]]
    people, hits = people[same], rng.random(900)[same]
    found = _of_people(hits, people, group, 2)
    for one in (0, 1):
        pairs = [
            (pair, hit)
            for pair, hit in zip(people.tolist(), hits, strict=True)
            if group[pair[0]] == one
        ]
        rate = sum(hit for _, hit in pairs) / len(pairs)
        own = sorted({who for pair, _ in pairs for who in pair})
        added = {who: sum(hit - rate for pair, hit in pairs if who in pair) for who in own}
        dyads: dict[frozenset[int], float] = {}
        for pair, hit in pairs:
            if pair[0] != pair[1]:
                both = frozenset(pair)
                dyads[both] = dyads.get(both, 0.0) + hit - rate
        twice = sum(value**2 for value in added.values())
        once = sum(value**2 for value in dyads.values())
        count = len(own)
        scale = math.sqrt(max(once, twice - once) / twice) * (count - 1) / (count - 2)
        expected = [rate + scale * count * added[who] / len(pairs) for who in own]
        assert found.hits[found.group == one] == pytest.approx(expected)


def test_comparisons_that_come_again_or_turned_round_say_no_more() -> None:
    tries = pairs_of([12, 12], [0.3, 0.3], 5)
    often = Tries(np.tile(tries.hits, 4), np.tile(tries.people, (4, 1)), tries.names, tries.group)
    turned = Tries(tries.hits, tries.people[:, ::-1], tries.names, tries.group)
    first, second, third = (differential(one) for one in (tries, often, turned))
    assert first == third
    for name in ("p", "by_chance"):
        once, again = (getattr(one, name)[0].value for one in (first, second))
        assert again == pytest.approx(once)


def test_the_ratio_by_chance_is_the_median_of_ratios_of_groups_dealt_anew() -> None:
    rng = np.random.default_rng(2)
    each = rng.integers(0, 3, 24)
    hits = np.concatenate([np.arange(8) < one for one in each])
    group = np.repeat([0, 1], 12)
    tries = Tries(hits, np.repeat(np.arange(24), 8), ("a", "b"), group=group)
    found = differential(tries, draws=4000)
    ratios = []
    for _ in range(4000):
        dealt = rng.permutation(group)
        rates = np.array([each[dealt == one].mean() / 8 for one in (0, 1)])
        ratios.append(rates.max() / np.exp(np.log(rates).mean()))
    assert found.by_chance[0] is not None
    median = float(np.median(ratios))
    assert found.by_chance[0].value == pytest.approx(median, abs=0.01)
    assert abs(np.mean(ratios) - median) > 0.02


def test_where_most_draws_leave_a_group_without_any_the_ratio_by_chance_is_unknown() -> None:
    hits = np.repeat(np.arange(20) == 0, 5)
    hits[95:] = [True, False, False, False, False]
    tries = Tries(hits, np.repeat(np.arange(20), 5), ("a", "b"), group=np.repeat([0, 1], 10))
    found = differential(tries)
    assert found.by_chance[0] is not None  # one of each of the two who hit, in ten of nineteen
    hits[95:] = False
    found = differential(tries)
    assert found.by_chance[0] is None
    assert "most draws leave one without any" in found.by_chance[1]
    assert found.p[0] is not None
