"""The largest gap among classes, and the chance of so large a one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

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


def largest(rng: np.random.Generator, networks: int, gaps: int) -> np.ndarray:
    """Return (networks,) the largest ratio of so many gaps that thin out as Renyi says."""
    scaled = rng.exponential(0.3, size=(networks, gaps)) / np.arange(1, gaps + 1)
    return np.exp(scaled.max(axis=1))


def chances(*, gaps: int, clean_gaps: int, networks: int, count: int = 600) -> np.ndarray:
    rng = np.random.default_rng(6)
    clean = largest(rng, count * networks, clean_gaps).reshape(count, networks)
    asked = largest(rng, count, gaps)
    return np.array([chance_among(one, row) for one, row in zip(asked, clean, strict=True)])


@pytest.mark.parametrize("networks", [4, 8, 16])
def test_the_chance_among_clean_networks_is_right(networks: int) -> None:
    found = chances(gaps=MOST, clean_gaps=FEWEST // 3, networks=networks)
    for level in (0.02, 0.05, 0.5):
        spread = np.sqrt(level * (1 - level) / len(found))
        assert (found < level).mean() == pytest.approx(level, abs=4 * spread)


@pytest.mark.parametrize(("gaps", "clean_gaps"), [(2, 2), (5, 5), (2, 5), (3, 4)])
def test_other_numbers_of_gaps_make_it_larger_if_anything(gaps: int, clean_gaps: int) -> None:
    found = chances(gaps=gaps, clean_gaps=clean_gaps, networks=8)
    for level in (0.02, 0.05, 0.5):
        assert (found < level).mean() < level + 3 * np.sqrt(level * (1 - level) / len(found))
    assert (found < 0.05).mean() > 0.01, "the test is not empty either"


def test_the_chance_among_clean_networks_is_the_integral_over_their_scale() -> None:
    """By quadrature, with densities as differences of the distribution."""
    clean = np.log([1.2, 1.5, 1.1, 1.3, 1.7])

    def below(reach: float, gaps: int) -> float:
        return float(np.prod([1 - np.exp(-rate * reach) for rate in range(1, gaps + 1)]))

    def likely(scale: float) -> float:
        steps = [(below(one / scale + 1e-5, 2) - below(one / scale - 1e-5, 2)) for one in clean]
        return float(np.prod([step / 2e-5 / scale for step in steps])) / scale

    top = integrate.quad(lambda g: likely(g) * (1 - below(np.log(2.5) / g, 5)), 1e-3, 20)[0]
    everything = integrate.quad(likely, 1e-3, 20)[0]
    assert chance_among(2.5, np.exp(clean).tolist()) == pytest.approx(top / everything, rel=1e-3)


def test_the_chance_among_clean_networks_at_its_ends() -> None:
    assert chance_among(1.0, [1.2, 1.5]) == 1
    assert chance_among(2.0, [1.0, 1.0]) == 1, "they tell nothing of gaps"
    assert chance_among(1e300, [1.0001] * 8) == pytest.approx(0, abs=1e-12)
    assert 0 < chance_among(1.5, [1.0, 1.2, 1.3, 1.1]) < 0.2, "one without a gap"
