"""Differentials: ratios by hand, and intervals that cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaudit.errors import InputError
from faceaudit.metrics.clusters import effective_trials
from faceaudit.metrics.differentials import Tries, compare_rates, differential
from faceaudit.metrics.intervals import wilson, wilson_ends
from faceaudit.types import Estimate
from helpers.grouped_tries import pairs_of, people_of

RUNS = 200


def test_ratios_and_the_difference_are_those_by_hand() -> None:
    # Four groups: 8, 4, 2 and 1 per cent. Their product is 64e-8, its fourth root 2.828 %.
    rates = [wilson(hits, 1000) for hits in (80, 40, 20, 10)]
    geomean, extremes, difference = (one[0] for one in compare_rates(rates))
    assert geomean is not None
    assert extremes is not None
    assert difference is not None
    assert geomean.value == pytest.approx(8 / math.sqrt(8), rel=1e-9)
    assert extremes.value == pytest.approx(8, rel=1e-9)
    assert difference.value == pytest.approx(0.07, rel=1e-9)
    assert geomean.n == extremes.n == difference.n == 4


def test_the_interval_of_two_groups_is_that_of_zou_and_donner_on_logarithms() -> None:
    one, two = wilson(60, 200), wilson(30, 200)
    found = compare_rates([one, two])[1][0]
    assert found is not None
    above = math.hypot(math.log(one.high / one.value), math.log(two.value / two.low))
    # The reversed contrast ends lower: the upper end is that of the higher over the lower.
    assert found.high == pytest.approx(one.value / two.value * math.exp(above), rel=1e-9)
    below = math.hypot(math.log(one.value / one.low), math.log(two.high / two.value))
    # Of two groups either may be the higher: the lower end is at a level shared by both.
    shared = 2.2414027276 / 1.9599639845
    expected = one.value / two.value * math.exp(-shared * below)
    assert found.low == pytest.approx(max(1.0, expected), rel=1e-6)


@pytest.mark.parametrize("zero", [0, 1, 2])
def test_a_rate_of_zero_has_no_ratio_and_is_neither_infinite_nor_left_out(zero: int) -> None:
    hits = [10, 20, 40]
    hits[zero] = 0
    geomean, extremes, difference = compare_rates([wilson(one, 500) for one in hits])
    assert geomean[0] is None
    assert extremes[0] is None
    assert "1 of 3 at zero" in geomean[1]
    assert difference[0] is not None
    assert difference[0].value == max(hits) / 500


def test_a_ratio_to_an_interval_that_begins_at_zero_is_unknown() -> None:
    wide = Estimate(0.02, 0.0, 0.3, 3, "student over 3 trainings 95 %")
    geomean, _, difference = compare_rates([wide, wilson(10, 100)])
    assert geomean[0] is None
    assert "no upper end" in geomean[1]
    assert difference[0] is not None


def test_groups_of_fewer_than_ten_people_are_refused_by_name() -> None:
    found = differential(people_of([10, 9, 12], [0.3, 0.3, 0.3]))
    first, second, third = found.groups
    assert (first.people, second.people, third.people) == (10, 9, 12)
    assert first.rate is not None
    assert third.rate is not None
    assert second.rate is None
    assert second.why == "expected at least 10 people in a group, got 9"
    assert found.p[0] is not None
    assert found.difference[0] is not None
    assert found.difference[0].n == 2


def test_a_refused_group_is_no_part_of_any_comparison() -> None:
    whole = people_of([12, 12, 5], [0.3, 0.2, 0.9])
    assert whole.group is not None
    kept = whole.group[whole.people] < 2
    without = Tries(whole.hits[kept], whole.people[kept], whole.names, group=whole.group)
    one, other = differential(whole), differential(without)
    for name in ("max_over_geomean", "max_over_min", "difference", "by_chance", "p"):
        assert getattr(one, name) == getattr(other, name)


def test_a_rate_that_a_group_cannot_resolve_is_refused() -> None:
    tries = people_of([10, 10], [0.3, 0.3], tries=10)
    assert all(group.rate is not None for group in differential(tries, least=100).groups)
    refused = differential(tries, least=101)
    assert {group.why for group in refused.groups} == {
        "expected at least 101 tries in a group for the rate, got 100"
    }
    assert refused.p == (None, "expected at least two groups that are large enough, got 0")


@pytest.mark.parametrize(
    ("sizes", "rates"), [([12] * 4, [0.3] * 4), ([15, 15], [0.1, 0.4]), ([10, 25], [0.9, 0.9])]
)
def test_intervals_cover_what_is_true_of_the_groups(sizes: list[int], rates: list[float]) -> None:
    truth = np.array(rates)
    wanted = {
        "max_over_geomean": truth.max() / np.exp(np.log(truth).mean()),
        "max_over_min": truth.max() / truth.min(),
        "difference": np.ptp(truth),
    }
    held = dict.fromkeys(wanted, 0)
    for seed in range(RUNS):
        found = differential(people_of(sizes, rates, seed=seed), draws=1)
        for name, value in wanted.items():
            one = getattr(found, name)[0]
            assert one is not None
            held[name] += one.low <= value + 1e-9 and value - 1e-9 <= one.high
    assert min(held.values()) >= 0.92 * RUNS


def test_comparisons_count_where_both_people_are_of_the_group() -> None:
    group = np.repeat([0, 1], 10)
    first, second = np.triu_indices(20, 1)
    tries = Tries(
        np.ones(len(first), dtype=bool), np.column_stack([first, second]), ("a", "b"), group=group
    )
    found = differential(tries)
    assert [one.tries for one in found.groups] == [45, 45]


def test_a_rate_of_comparisons_allows_for_what_few_people_hide() -> None:
    tries = pairs_of([12, 30], [0.3, 0.3], 5)
    low_and_high = []
    for one in differential(tries, draws=1).groups:
        assert one.rate is not None
        low_and_high.append((one.rate.low, one.rate.high))
    assert tries.group is not None
    for number, count in ((0, 12), (1, 30)):
        own = (tries.group[tries.people] == number).all(axis=1)
        hits, people = tries.hits[own], tries.people[own]
        share = hits.mean()
        usual = effective_trials((hits - share) / len(hits), people)
        expected = wilson_ends(share, usual * ((count - 2) / (count - 1)) ** 2, 1.959963985)
        assert low_and_high[number] == pytest.approx(expected)


def test_of_comparisons_that_all_failed_there_are_as_many_as_people() -> None:
    first, second = np.triu_indices(12, 1)
    none = np.zeros(len(first), dtype=bool)
    tries = Tries(none, np.column_stack([first, second]), ("a",), group=np.zeros(12, dtype=int))
    rate = differential(tries).groups[0].rate
    assert rate is not None
    assert (rate.low, rate.high) == pytest.approx((0, wilson(0, 12).high))


@pytest.mark.parametrize(("count", "share"), [(2, 0.29), (3, 0.3), (8, 719 / 720)])
def test_equal_rates_have_a_ratio_of_one_whatever_rounding_does(count: int, share: float) -> None:
    rate = Estimate(share, share - 0.0005, share + 0.0005, 1000, "wilson 95 %")
    for one, value in zip(compare_rates([rate] * count), (1, 1, 0), strict=True):
        assert one[0] is not None
        assert one[0].low == pytest.approx(value, abs=1e-12)
        assert one[0].value == pytest.approx(value, abs=1e-12)


def test_a_planted_difference_of_comparisons_is_found_and_held() -> None:
    found = held = 0
    for seed in range(40):
        one = differential(pairs_of([20, 20], [0.05, 0.25], seed), draws=199)
        assert one.p[0] is not None
        assert one.max_over_min[0] is not None
        found += one.p[0].value <= 0.05
        held += one.max_over_min[0].low <= 5 <= one.max_over_min[0].high
    assert found >= 36
    assert held >= 37


def test_groups_of_photos_have_no_test_and_say_why() -> None:
    rng = np.random.default_rng(0)
    tries = Tries(
        rng.random(400) < 0.3,
        np.repeat(np.arange(20), 20),
        ("without", "with"),
        tried=np.tile([0, 1], 200),
    )
    found = differential(tries)
    assert [group.people for group in found.groups] == [20, 20]
    assert found.p[0] is None
    assert "photos share people" in found.p[1]
    assert found.difference[0] is not None


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), order=st.integers(0, 1000))
def test_rates_and_ratios_do_not_depend_on_the_order_of_tries_or_on_numbers_of_people(
    seed: int, order: int
) -> None:
    tries = people_of([11, 13], [0.2, 0.5], tries=3, seed=seed)
    assert tries.group is not None
    rng = np.random.default_rng(order)
    rows, people = rng.permutation(len(tries.hits)), rng.permutation(len(tries.group))
    group = np.empty_like(tries.group)
    group[people] = tries.group
    other = Tries(tries.hits[rows], people[tries.people[rows]], tries.names, group=group)
    one, two = differential(tries, draws=1), differential(other, draws=1)
    assert one.groups == two.groups
    assert one.max_over_geomean == two.max_over_geomean
    assert one.max_over_min == two.max_over_min


@settings(max_examples=25, deadline=None)
@given(st.permutations([5, 12, 40, 90]))
def test_ratios_do_not_depend_on_which_group_is_called_what(hits: list[int]) -> None:
    usual = compare_rates([wilson(one, 200) for one in (5, 12, 40, 90)])
    for one, other in zip(compare_rates([wilson(one, 200) for one in hits]), usual, strict=True):
        assert one[0] is not None
        assert other[0] is not None
        assert one[0].value == pytest.approx(other[0].value)
        assert one[0].low == pytest.approx(other[0].low)
        assert one[0].high == pytest.approx(other[0].high)


def test_people_who_are_of_no_known_group_do_not_count() -> None:
    tries = people_of([12, 12, 12], [0.2, 0.2, 0.9])
    assert tries.group is not None
    unknown = np.where(tries.group == 2, -1, tries.group)
    found = differential(Tries(tries.hits, tries.people, ("a", "b"), group=unknown))
    assert [group.name for group in found.groups] == ["a", "b"]
    assert [group.tries for group in found.groups] == [96, 96]


def test_groups_of_both_kinds_or_of_neither_are_refused() -> None:
    hits, people = np.ones(2, dtype=bool), np.arange(2)
    with pytest.raises(InputError, match="got both or neither"):
        Tries(hits, people, ("a",))
    with pytest.raises(InputError, match="expected people"):
        Tries(hits, people[:1], ("a",), group=people)
