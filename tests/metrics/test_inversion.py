"""Rates of inversions: what was tried is what counts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from faceaudit.errors import InputError
from faceaudit.metrics.inversion import inversion_rates, mean_queries, success_above


def test_a_try_that_gave_no_face_counts_as_tried_and_not_accepted() -> None:
    solved = np.array([True, True, True, False, False])
    accepted = np.array([True, True, False, True, False])
    rates = inversion_rates(solved, accepted, np.arange(5))
    assert rates.solution.value == 3 / 5
    assert rates.success.value == 2 / 5
    assert rates.success.n == 5
    assert rates.match is not None
    assert rates.match.value == pytest.approx(2 / 3)
    assert rates.match.n == 3


def test_success_is_solution_times_match() -> None:
    rng = np.random.default_rng(0)
    solved, accepted = rng.random((2, 400)) < 0.6
    rates = inversion_rates(solved, accepted, np.arange(400))
    assert rates.match is not None
    assert rates.success.value == pytest.approx(rates.solution.value * rates.match.value)


def test_there_is_no_match_rate_where_nothing_was_solved() -> None:
    nothing = np.zeros(4, dtype=bool)
    rates = inversion_rates(nothing, nothing, np.arange(4))
    assert rates.match is None
    assert rates.success.value == rates.solution.value == 0


def test_trials_of_a_person_that_go_alike_do_not_narrow_the_interval() -> None:
    accepted = np.arange(20) < 8
    once = inversion_rates(np.ones(20, dtype=bool), accepted, np.arange(20)).success
    repeated = np.repeat(accepted, 25)
    often = inversion_rates(np.ones(500, dtype=bool), repeated, np.repeat(np.arange(20), 25))
    width, wide = often.success.high - often.success.low, once.high - once.low
    assert width > 0.9 * wide
    alone = inversion_rates(np.ones(500, dtype=bool), repeated, np.arange(500)).success
    assert alone.high - alone.low < 0.4 * wide


def test_a_difference_is_paired_by_try() -> None:
    passed = np.array([True] * 12 + [False] * 8)
    none = success_above(passed, passed, np.arange(20))
    assert none.value == 0
    assert none.low < 0 < none.high
    baseline = np.array([True] * 4 + [False] * 16)
    above = success_above(passed, baseline, np.arange(20))
    assert above.value == pytest.approx(0.4)
    apart = success_above(passed, np.roll(baseline, 10), np.arange(20))
    assert apart.value == pytest.approx(0.4)
    assert above.high - above.low < apart.high - apart.low


def test_the_mean_of_queries_takes_people_as_clusters() -> None:
    queries = np.array([[100, 300, 500, 900], [300, 300, 700, 700]])
    found = mean_queries(queries)
    means = queries.mean(axis=0)
    low, high = stats.t.interval(0.95, 3, means.mean(), stats.sem(means))
    assert found.value == 475
    assert found.n == 4
    assert (found.low, found.high) == pytest.approx((max(low, 0), min(high, 900)))


def test_queries_that_are_the_same_for_everybody_have_no_spread() -> None:
    found = mean_queries(np.full((2, 3), 1000))
    assert (found.low, found.value, found.high) == (1000, 1000, 1000)


@pytest.mark.parametrize("counts", [(0, 0, 0), (2, 2, 3), (2, 3, 2)])
def test_columns_that_do_not_fit_are_refused(counts: tuple[int, int, int]) -> None:
    solved, accepted, person = (np.zeros(count, dtype=bool) for count in counts)
    with pytest.raises(InputError, match="expected two outcomes"):
        inversion_rates(solved, accepted, person.astype(np.int64))
    with pytest.raises(InputError, match="expected two outcomes"):
        success_above(solved, accepted, person.astype(np.int64))
