"""Differences with their errors, held against SciPy, definitions and brute force."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from faceaudit.errors import InputError
from faceaudit.metrics import clustered_share, membership_auc, student_mean, wilson
from faceaudit.metrics.paired_differences import paired_difference
from faceaudit.metrics.uncertain import (
    Uncertain,
    average,
    holm,
    mean_of,
    own_error,
    two_groups,
    uncertain,
)

BEFORE, AFTER = [0.61, 0.42, 0.77, 0.58], [0.81, 0.49, 0.79, 0.90]


def test_pairs_are_tested_as_by_scipy() -> None:
    changes = np.subtract(AFTER, BEFORE)
    found, known = mean_of(changes, "trainings"), stats.ttest_rel(AFTER, BEFORE)
    assert found.p == pytest.approx(known.pvalue)
    interval, limits = found.interval(0.9), known.confidence_interval(0.9)
    assert (interval.low, interval.high) == pytest.approx((limits.low, limits.high))


def test_two_groups_are_tested_as_by_scipy() -> None:
    found = two_groups(BEFORE, AFTER[:3], "trainings")
    known = stats.ttest_ind(AFTER[:3], BEFORE, equal_var=True)
    assert found.p == pytest.approx(known.pvalue)
    interval, limits = found.interval(), known.confidence_interval(0.95)
    assert (interval.low, interval.high) == pytest.approx((limits.low, limits.high))
    assert interval.value > 0  # after less before


def test_unrelated_means_have_welchs_error_and_freedom() -> None:
    found = mean_of(AFTER, "seeds").minus(mean_of(BEFORE[:3], "seeds"))
    known = stats.ttest_ind(AFTER, BEFORE[:3], equal_var=False)
    assert found.freedom == pytest.approx(known.df)
    assert found.p == pytest.approx(known.pvalue)


def test_intervals_of_single_shares_combine_as_zou_and_donner_say() -> None:
    one, other = wilson(40, 50), wilson(20, 60)
    found = uncertain(one).minus(uncertain(other)).interval()
    known = paired_difference(one, other, {}, {})
    assert (found.low, found.high) == pytest.approx((known.low, known.high))


@pytest.mark.parametrize("freedom", [2, 4, 7.5, 30, 150, 201, 1e9, math.inf])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 70])
def test_the_smallest_difference_has_the_power_that_is_said(freedom: float, alpha: float) -> None:
    found = Uncertain(0.0, 0.01, 0.01, freedom, 5, "").smallest(alpha)
    if freedom > 1e8:
        distance = found / 0.01
        limit = stats.norm.isf(alpha / 2)
        power = stats.norm.sf(limit - distance) + stats.norm.cdf(-limit - distance)
    else:
        mean = stats.chi(freedom).mean() / math.sqrt(freedom)  # of an error that estimates 1
        distance = found / 0.01 * (mean if freedom <= 200 else 1)
        limit = stats.t(freedom).isf(alpha / 2)
        power = 1 - stats.nct(freedom, distance).cdf(limit)
    assert power == pytest.approx(0.8, abs=0.004)


def test_more_power_and_a_harder_level_need_a_larger_difference() -> None:
    found = Uncertain(0.0, 0.02, 0.01, 6, 7, "")
    assert found.smallest(0.05) < found.smallest(0.01) < found.smallest(0.01, power=0.9)
    assert found.smallest(0.05) == Uncertain(0.0, 0.02, 0.02, 6, 7, "").smallest(0.05)


def test_the_error_towards_zero_decides() -> None:
    assert Uncertain(0.1, 0.01, 0.2, 9, 10, "").p < 0.001 < Uncertain(-0.1, 0.01, 0.2, 9, 10, "").p


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_the_closed_test_of_bonferroni(chances: list[float]) -> None:
    everything = range(len(chances))
    for row, found in enumerate(holm(chances)):
        subsets = [
            some
            for size in range(1, len(chances) + 1)
            for some in combinations(everything, size)
            if row in some
        ]
        closed = max(min(1.0, len(some) * min(chances[i] for i in some)) for some in subsets)
        assert found == pytest.approx(closed)


def test_a_few_trainings_that_agree_have_the_error_of_one() -> None:
    assert mean_of([0.2, 0.2, 0.2], "trainings", least=0.05).below == 0.05
    assert two_groups([0.2, 0.2], [0.5, 0.5], "trainings", least=0.05).above == 0.05
    assert mean_of([0.1, 0.5], "trainings", least=0.05).below == pytest.approx(0.2)


def test_equal_changes_without_an_error_of_their_own_are_no_certainty() -> None:
    found = mean_of([0.3, 0.3, 0.3], "targets")
    known = student_mean([0.3, 0.3, 0.3], bounds=(-1.0, 1.0))
    assert found.interval().low == pytest.approx(known.low)
    assert mean_of([0.0, 0.0, 0.0], "targets").p == 1


def test_shadows_widen_an_error_as_they_do_an_interval() -> None:
    values = [0.52, 0.55, 0.58, 0.61]
    found = mean_of(values, "targets", models=6).interval()
    known = student_mean(values, models=6)
    assert (found.low, found.high) == pytest.approx((known.low, known.high))


def test_errors_are_read_off_an_interval_with_its_own_freedom() -> None:
    scores, member = np.arange(40.0) % 7, np.arange(40) % 2 == 0
    for estimate, freedom in (
        (student_mean([0.2, 0.5, 0.4]), 2),
        (clustered_share([True, False, True, True], [0, 0, 1, 2]), 2),
        (clustered_share([True, False], [0, 0]), 1),
        (membership_auc(scores, member, np.arange(40) // 4), 9),
        (wilson(3, 9), math.inf),
    ):
        found = uncertain(estimate)
        assert found.freedom == freedom, estimate.method
        again = found.interval()
        assert (again.low, again.high) == pytest.approx((estimate.low, estimate.high))


def test_an_average_has_the_error_of_a_mean_of_unrelated_values() -> None:
    each = [Uncertain(value, 0.03, 0.04, 9, 10, "some") for value in (0.1, 0.3)]
    found = average(each)
    assert found.value == pytest.approx(0.2)
    assert (found.below, found.above) == pytest.approx((0.03 / 2**0.5, 0.04 / 2**0.5))
    assert found.freedom == pytest.approx(18)


def test_an_error_that_cannot_be_known_says_nothing_of_a_difference() -> None:
    """Two targets that are one another's only shadow: their spread tells nothing."""
    each = [mean_of(values, "targets", models=2) for values in ([0.2, 0.3], [0.8, 0.9])]
    found = each[1].minus(each[0])
    assert (found.error, found.freedom, found.p) == (math.inf, 1, 1)
    assert (found.interval().low, found.interval().high) == (-1, 1)
    assert found.smallest(0.05) == math.inf
    assert average(each).freedom == 1


def test_the_error_of_trainings_that_are_alike_is_that_of_one() -> None:
    one = wilson(30, 60)
    assert own_error([one, one, one]) == pytest.approx(
        (one.high - one.value) / stats.norm.isf(0.025)
    )


def test_one_training_has_no_spread() -> None:
    with pytest.raises(InputError, match="at least two trainings"):
        mean_of([0.5], "trainings")
    with pytest.raises(InputError, match="at least two trainings in each"):
        two_groups([0.5], [0.1, 0.2], "trainings")
