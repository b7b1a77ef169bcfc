"""The largest gap among classes, and the chance of so large a one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from faceaudit.mitigations.scan.common.standing_out import (
    FEWEST,
    MOST,
    TAIL,
    chance_among,
    stand_out,
)


def pareto(rng: np.random.Generator, count: int, index: float) -> np.ndarray:
    return rng.uniform(size=count) ** (-1 / index)


@pytest.mark.parametrize("index", [0.7, 2.0, 8.0])
@pytest.mark.parametrize("count", [20, 200])
def test_alarms_where_nobody_is_apart_are_as_rare_as_the_level_says(
    index: float, count: int
) -> None:
    rng = np.random.default_rng(3)
    lowest = []
    for _ in range(800):
        found = stand_out(pareto(rng, count, index))
        assert found is not None
        lowest.append(found.chance.min())
    alarms = np.mean(np.array(lowest) < 0.05)
    assert alarms < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 800)
    assert alarms > 0.005, "the test is not empty either"


def test_a_thinner_tail_than_a_power_raises_fewer_alarms() -> None:
    rng = np.random.default_rng(4)
    lowest = [stand_out(rng.exponential(size=100) + 3).chance.min() for _ in range(400)]  # type: ignore[union-attr]
    assert np.mean(np.array(lowest) < 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_the_chance_is_that_of_the_f_distribution() -> None:
    """By hand: one value far above a power law without noise."""
    values = np.concatenate([[50.0], 10 / np.arange(1, 30) ** 0.5])
    found = stand_out(values)
    assert found is not None
    ranked = np.sort(values)[::-1][:15]
    gaps = [rank * np.log(ranked[rank - 1] / ranked[rank]) for rank in range(1, 15)]
    expected = stats.f.sf(gaps[0] / np.mean(gaps[1:]), 2, 2 * 13)
    assert found.classes.tolist() == [0]
    assert found.ratio == pytest.approx(5.0)
    assert found.chance[0] == pytest.approx(MOST * expected)
    assert (found.chance[1:] == 1).all()


def test_several_targets_stand_out_together() -> None:
    rng = np.random.default_rng(5)
    values = rng.uniform(1.0, 1.3, size=60)
    values[[7, 31, 2]] = 9.0, 8.0, 7.5
    found = stand_out(values)
    assert found is not None
    assert found.classes.tolist() == [7, 31, 2]
    assert found.ratio == pytest.approx(7.5 / np.sort(values)[-4])
    assert found.chance[[7, 31, 2]].max() < 1e-3


def test_too_few_values_above_zero_say_nothing() -> None:
    values = np.zeros(50)
    values[: FEWEST - 1] = np.arange(1, FEWEST)
    assert stand_out(values) is None
    values[FEWEST] = 1
    assert stand_out(values) is not None


def test_equal_values_do_not_stand_out() -> None:
    found = stand_out(np.ones(TAIL))
    assert found is not None
    assert found.chance.min() == 1


def test_the_chance_among_clean_networks_is_right_for_exponential_gaps() -> None:
    rng = np.random.default_rng(6)
    gaps = rng.exponential(0.3, size=(20_000, 9))
    found = np.array([chance_among(float(np.exp(row[0])), np.exp(row[1:])) for row in gaps])
    for level in (0.01, 0.05, 0.5):
        assert (found < level).mean() == pytest.approx(level, abs=4 * np.sqrt(level / 20_000))


def test_the_chance_among_clean_networks_is_that_of_the_f_distribution() -> None:
    clean = [1.2, 1.5, 1.1, 1.3, 1.7]
    expected = stats.f.sf(np.log(2.5) / np.mean(np.log(clean)), 2, 2 * 5)
    assert chance_among(2.5, clean) == pytest.approx(expected)
    assert chance_among(1.0, clean) == 1
    assert chance_among(2.0, [1.0]) == 0
