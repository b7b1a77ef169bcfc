"""D_sys and maximal leakage: by hand, against integrals, and where nothing leaks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from faceaudit import unlinkability
from faceaudit.errors import InputError
from faceaudit.metrics.binned_scores import Leak
from faceaudit.metrics.maximal_leakage import leakage_of, maximal_leakage
from faceaudit.metrics.unlinkability import d_sys, d_sys_of, local_linkability

MEASURES = (d_sys, maximal_leakage)


def normal(mean: float, count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, count]).normal(mean, 1, count)


def test_two_small_histograms_by_hand() -> None:
    mated, other = np.array([0.1, 0.3, 0.6, 0.0]), np.array([0.5, 0.3, 0.1, 0.1])
    # Only the third bin has more mated scores: LR = 6, D = 2 * 6 / 7 - 1 = 5 / 7.
    np.testing.assert_allclose(local_linkability(mated, other), [0, 0, 5 / 7, 0])
    assert float(d_sys_of(mated, other)) == pytest.approx(0.6 * 5 / 7)
    assert float(leakage_of(mated, other)) == pytest.approx(math.log2(0.5 + 0.3 + 0.6 + 0.1))


def test_the_same_by_scores_whose_bins_can_be_counted() -> None:
    mated = [0.05, 0.15, 0.15, 0.15, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25]
    other = [0.05] * 5 + [0.15] * 3 + [0.25] + [0.35]
    found = d_sys(mated, other, bins=4, limits=(0.0, 0.4))
    assert found.estimate.value == pytest.approx(0.6 * 5 / 7)
    assert "4 bins from 0 to 0.4" in found.estimate.method
    leak = maximal_leakage(mated, other, bins=4, limits=(0.0, 0.4))
    assert leak.estimate.value == pytest.approx(math.log2(1.5))


def test_histograms_that_do_not_meet_are_fully_linkable_and_equal_ones_not_at_all() -> None:
    for measure in MEASURES:
        assert measure([1.0, 2.0], [-1.0, -2.0]).estimate.value == 1
        assert measure([1.0, 2.0], [1.0, 2.0]).estimate.value == 0
        assert measure([0.5] * 5, [0.5] * 9).estimate.value == 0


@pytest.mark.parametrize("apart", [0.5, 1.0, 2.0, 4.0])
def test_normal_scores_have_the_figures_that_an_integral_says(apart: float) -> None:
    def one(score: float) -> float:
        mated, other = stats.norm.pdf(score, apart), stats.norm.pdf(score)
        return float(mated * (2 * mated / (mated + other) - 1)) if mated > other else 0.0

    true = integrate.quad(one, apart / 2, apart + 9)[0]
    ends = np.linspace(-6, apart + 6, 61)
    shares = [
        np.histogram(scores, ends)[0] / len(scores)
        for scores in (normal(apart, 100_000), normal(0, 100_000, 1))
    ]
    assert float(d_sys_of(*shares)) == pytest.approx(true, abs=0.01)
    # The best threshold lies in the middle: 2 Phi(d / 2) is the sum of both larger parts.
    true = math.log2(2 * stats.norm.cdf(apart / 2))
    assert float(leakage_of(*shares)) == pytest.approx(true, abs=0.01)


def test_intervals_cover_the_true_figure_most_of_the_time() -> None:
    true = integrate.quad(lambda s: stats.norm.pdf(s, 1) * math.tanh((s - 0.5) / 2), 0.5, 10)[
        0
    ]  # (LR - 1) / (LR + 1) of two normal densities 1 apart
    covered = [
        found.low <= true <= found.high
        for seed in range(30)
        for found in [d_sys(normal(1, 200, seed), normal(0, 2000, seed + 99)).estimate]
    ]
    assert sum(covered) >= 25


def test_where_nothing_leaks_the_lower_end_is_0_and_the_floor_says_what_chance_makes() -> None:
    for measure in MEASURES:
        found = [measure(normal(0, 300, seed), normal(0, 3000, seed + 9)) for seed in range(8)]
        assert sum(one.shown for one in found) <= 2
        assert all(one.estimate.low == 0 for one in found if not one.shown)
        values = np.mean([one.estimate.value for one in found])
        assert np.mean([one.floor.value for one in found]) == pytest.approx(values, rel=0.25)
        assert values > 0.02


def test_the_interval_reaches_further_down_as_few_people_make_the_figure_too_high() -> None:
    for measure in MEASURES:
        found = measure(normal(1, 60), normal(0, 600, 1)).estimate
        assert found.value - found.low > 2 * (found.high - found.value)


def test_the_floor_grows_with_bins_and_falls_with_comparisons() -> None:
    mated, other = normal(0, 300), normal(0, 3000, 1)
    for measure in MEASURES:
        few, many = (measure(mated, other, bins=bins).floor.value for bins in (10, 100))
        assert few < many
        assert measure(normal(0, 1200), normal(0, 12_000, 1), bins=100).floor.value < many


def test_what_leaks_lies_above_the_floor() -> None:
    for measure in MEASURES:
        found = measure(normal(1, 200), normal(0, 2000, 1))
        assert found.shown
        assert found.floor.high < found.estimate.low <= found.estimate.value


def test_a_person_with_many_comparisons_widens_the_interval() -> None:
    rng = np.random.default_rng(0)
    way = np.repeat(rng.normal(1.5, 1, 30), 20)  # what a person's comparisons have in common
    mated, other = way + rng.normal(0, 0.3, 600), rng.normal(0, 1, 4000)
    person = np.repeat(np.arange(30), 20)
    people = (np.column_stack([person, person]), 100 + np.arange(8000).reshape(4000, 2))
    shared = d_sys(mated, other, people=people).estimate
    alone = d_sys(mated, other).estimate
    assert shared.value == alone.value
    assert shared.high - shared.low > 2 * (alone.high - alone.low)


def test_a_comparison_of_two_people_counts_as_often_as_both_are_drawn() -> None:
    from faceaudit.metrics.binned_scores import _products  # noqa: PLC0415

    times = np.array([2.0, 0.0, 3.0])
    people = np.array([[0, 0], [2, 2], [0, 2], [1, 2]])
    assert _products(times, people).tolist() == [2, 3, 6, 0]


def test_the_same_seed_gives_the_same_leak_and_another_one_another_interval() -> None:
    mated, other = normal(1, 100), normal(0, 500, 1)
    assert d_sys(mated, other) == d_sys(mated, other)
    again = d_sys(mated, other, seed=1)
    assert again.estimate.value == d_sys(mated, other).estimate.value
    assert again != d_sys(mated, other)


def test_the_figures_do_not_depend_on_which_scores_are_higher_or_on_their_scale() -> None:
    mated, other = normal(1, 300), normal(0, 3000, 1)
    straight = d_sys(mated, other).estimate.value
    assert d_sys(-5 * mated, -5 * other).estimate.value == pytest.approx(straight, abs=0.01)


@pytest.mark.parametrize(
    ("mated", "other", "options", "said"),
    [
        ([], [1.0], {}, "expected"),
        ([np.nan], [1.0], {}, "expected"),
        ([1.0], [0.0], {"bins": 1}, "expected 2 bins or more, got 1"),
        ([1.0], [0.0], {"limits": (0.0, 0.5)}, "got 1 outside"),
        ([1.0], [0.0], {"people": (np.zeros((2, 2), int), np.zeros((1, 2), int))}, "people"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    mated: list[float], other: list[float], options: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        d_sys(mated, other, **options)  # type: ignore[arg-type]


def test_one_call_gives_both_figures() -> None:
    mated, other = normal(2, 200), normal(0, 2000, 1)
    found = unlinkability(mated, other, bins=20, seed=3)
    assert found.d_sys == d_sys(mated, other, bins=20, seed=3)
    assert found.maximal_leakage == maximal_leakage(mated, other, bins=20, seed=3)
    assert isinstance(found.d_sys, Leak)
    assert found.linkable
