"""Differences over targets: SciPy's paired t where there are pairs, Zou and Donner's otherwise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from faceaudit.metrics.paired_differences import paired_difference
from faceaudit.types import Estimate


def estimate(value: float, low: float, high: float, n: int = 9) -> Estimate:
    return Estimate(value, low, high, n, "student 95 %")


FIRST, SECOND = estimate(0.6, 0.5, 0.65, 9), estimate(0.55, 0.52, 0.75, 7)


@pytest.mark.parametrize("count", [2, 3, 8])
def test_pairs_give_the_interval_of_a_paired_t_test(count: int) -> None:
    rng = np.random.default_rng(count)
    ours, theirs = rng.uniform(0.4, 0.6, count), rng.uniform(0.3, 0.5, count)
    less = paired_difference(
        FIRST, SECOND, dict(enumerate(ours)), {**dict(enumerate(theirs)), 99: 0.9}
    )
    expected = stats.ttest_rel(ours, theirs).confidence_interval(0.95)
    assert less.value == pytest.approx(float(np.mean(ours - theirs)))
    assert less.low == pytest.approx(max(-1.0, expected.low))
    assert less.high == pytest.approx(min(1.0, expected.high))
    assert (less.n, less.method) == (count, "student 95 %")


@pytest.mark.parametrize("shared", [{}, {3: 0.6}])
def test_fewer_than_two_pairs_are_taken_as_unrelated(shared: dict[int, float]) -> None:
    """By hand: the distances to the nearer end of the one and the farther of the other."""
    less = paired_difference(FIRST, SECOND, {**shared, 0: 0.5}, {**shared, 1: 0.4})
    assert less.value == pytest.approx(0.05)
    assert less.low == pytest.approx(0.05 - math.sqrt(0.1**2 + 0.2**2))
    assert less.high == pytest.approx(0.05 + math.sqrt(0.05**2 + 0.03**2))
    assert (less.n, less.method) == (7, "zou-donner 95 %")


def test_targets_that_are_one_anothers_shadows_have_a_wider_interval() -> None:
    """By hand: sqrt((1 + (T - 1) / (M - 1)) / (1 - 1 / (M - 1))) times Student's."""
    ours, theirs = {0: 0.6, 1: 0.7, 2: 0.62}, {0: 0.55, 1: 0.6, 2: 0.6}
    plain = paired_difference(FIRST, SECOND, ours, theirs)
    wider = paired_difference(FIRST, SECOND, ours, theirs, models=16)
    assert wider.value == pytest.approx(plain.value)
    factor = math.sqrt((1 + 2 / 15) / (1 - 1 / 15))
    assert wider.high - wider.low == pytest.approx(factor * (plain.high - plain.low))
    assert wider.method == "student over 3 targets of 16 models 95 %"


def test_no_difference_on_any_target_is_none() -> None:
    same = {0: 0.6, 1: 0.7}
    for models in (None, 16):
        less = paired_difference(FIRST, SECOND, same, same, models=models)
        assert (less.low, less.value, less.high) == (0, 0, 0)


def test_a_difference_stays_within_minus_one_and_one() -> None:
    low, high = estimate(0.0, 0.0, 0.9), estimate(1.0, 0.1, 1.0)
    assert paired_difference(low, high, {}, {}).low == -1.0
    assert paired_difference(high, low, {}, {}).high == 1.0
    two = paired_difference(FIRST, SECOND, {0: 0.0, 1: 1.0}, {0: 1.0, 1: 0.0})
    assert (two.low, two.value, two.high) == (-1.0, 0.0, 1.0)
