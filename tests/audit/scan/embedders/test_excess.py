"""What keys do beyond clean networks, and the chance of it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from audit.scan.embedders.compared import Embedding, key, strangers
from faceaudit.audit.scan.embedders.asking import ask
from faceaudit.audit.scan.embedders.excess import (
    ENOUGH,
    Exceeding,
    beyond,
    chance_of_largest,
    exceed,
    smallest_chance,
    values_of,
)
from faceaudit.progress import silent
from faceaudit.records.embedder_scan import BOTH_WEAR, COLLAPSE, PROBE_WEARS


def networks(count: int, rng: np.random.Generator, keys: int = 30) -> list[dict[str, float]]:
    """Clean networks: what each key does, and how hard each network takes coverings."""
    usual = np.linspace(0.0, 0.5, keys)
    return [
        {
            f"k{number}": float(value)
            for number, value in enumerate(usual + rng.normal() * 0.2 + rng.normal(size=keys) * 0.1)
        }
        for _ in range(count)
    ]


def test_the_chance_is_that_of_gumbels_law_averaged_over_place_and_scale() -> None:
    clean, largest = np.array([0.3, 0.1, 0.5, 0.2]), 0.8
    place = np.linspace(-8, 8, 1601)[:, None]
    scale = np.geomspace(0.01, 30, 700)[None, :]
    density = np.ones((1601, 700))
    with np.errstate(over="ignore"):  # far from a narrow law: the density is 0
        for one in clean:
            density = density * stats.gumbel_r.pdf(one, place, scale)
    # The density 1 / scale beforehand and the step of the grid of scales, which grows with them.
    with np.errstate(over="ignore"):
        beyond_it = stats.gumbel_r.sf(largest, place, scale)
    above = (density * beyond_it).sum() / density.sum()
    assert chance_of_largest(largest, clean.tolist()) == pytest.approx(above, rel=2e-2)


def test_the_chance_is_right_in_the_long_run() -> None:
    rng = np.random.default_rng(4)
    found = [
        chance_of_largest(float(one[0]), one[1:].tolist())
        for one in rng.gumbel(2.0, 3.0, size=(600, 9))
    ]
    for level in (0.05, 0.2):
        assert np.mean(np.array(found) < level) == pytest.approx(level, abs=0.035)


def test_clean_networks_that_are_all_alike_leave_a_spread() -> None:
    assert chance_of_largest(0.0, [0.0] * 6) > 0.3
    assert 0 < chance_of_largest(0.5, [0.0] * 6) < 1e-3


def test_a_clean_network_is_rarely_beyond_the_others() -> None:
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(80):
        subject, *clean = networks(9, rng)
        found = exceed({COLLAPSE: subject}, [{COLLAPSE: one} for one in clean])[COLLAPSE]
        assert found.chance is not None
        alarms += found.chance < 0.05
    assert alarms <= 0.05 * 80


@pytest.mark.parametrize(
    ("tailed", "least", "most"), [(False, 0.03, 0.1), (True, 0.06, 0.15)], ids=["normal", "tailed"]
)
def test_keys_that_move_together_cost_as_much_of_the_level_as_is_said(
    tailed: bool, least: float, most: float
) -> None:
    rng, family = np.random.default_rng(7), np.repeat([0, 1, 2], [8, 8, 9])
    alarms = []
    for _ in range(300):
        together = rng.normal(size=(9, 3))[:, family]
        moved = np.exp(together) if tailed else together
        values = 0.1 * moved + 0.02 * rng.normal(size=(9, 25))
        subject, *clean = [{str(key): float(one) for key, one in enumerate(row)} for row in values]
        found = exceed({COLLAPSE: subject}, [{COLLAPSE: one} for one in clean])[COLLAPSE]
        assert found.chance is not None
        alarms.append(found.chance < 0.05)
    assert least < np.mean(alarms) < most


def test_a_key_beyond_clean_networks_is_found_though_all_keys_are_taken_harder() -> None:
    rng = np.random.default_rng(1)
    subject, *clean = networks(9, rng)
    subject = {name: value + 0.3 for name, value in subject.items()}
    subject["k3"] += 2.5
    found = exceed({COLLAPSE: subject}, [{COLLAPSE: one} for one in clean])[COLLAPSE]
    assert found.key == "k3"
    assert found.chance is not None
    assert found.chance < 0.01
    assert len(found.clean) == 8


def test_keys_are_held_against_themselves_and_the_median_is_taken_off() -> None:
    clean = [{"a": 0.0, "b": 0.4, "c": 0.1}, {"a": 0.2, "b": 0.6, "c": 0.1, "d": 9.0}]
    found = beyond({"a": 0.3, "b": 0.5, "c": 0.4, "d": 1.0}, clean)
    assert found == pytest.approx({"a": 0.0, "b": -0.2, "c": 0.1})
    assert beyond({"d": 1.0}, clean) == {}


def test_the_level_is_split_by_weight_over_measures_that_are_there() -> None:
    drawn = networks(6, np.random.default_rng(2))
    one = [dict.fromkeys((COLLAPSE, BOTH_WEAR, PROBE_WEARS), each) for each in drawn]
    tested = exceed(one[0], one[1:])
    assert [each.part for each in tested.values()] == [0.8, None, 0.2]
    less = [{name: each[name] for name in (BOTH_WEAR, PROBE_WEARS)} for each in one]
    assert [each.part for each in exceed(less[0], less[1:]).values()] == [0.8, 0.2]


def test_the_chance_over_all_is_the_smallest_for_its_part() -> None:
    def test_of(chance: float | None, part: float | None) -> Exceeding:
        return Exceeding({}, 1.0, "k", (), chance, part)

    assert smallest_chance({"a": test_of(0.02, 0.5), "b": test_of(0.01, 0.2)}) == 0.04
    assert smallest_chance({"a": test_of(0.9, 0.5)}) == 1.0
    assert smallest_chance({"a": test_of(None, 1.0), "b": test_of(0.001, None)}) is None


@pytest.mark.parametrize("count", [0, ENOUGH - 1])
def test_few_clean_networks_give_no_chance(count: int) -> None:
    subject, *clean = networks(count + 1, np.random.default_rng(3))
    found = exceed({COLLAPSE: subject}, [{COLLAPSE: one} for one in clean])[COLLAPSE]
    assert found.chance is None
    assert found.key == max(subject, key=lambda name: subject[name])


def test_values_are_those_of_each_measure_by_key() -> None:
    answers = ask(
        Embedding({"opens": 0.9}),
        strangers(),
        (key("harmless"), key("opens")),
        fmr=0.02,
        seed=0,
        progress=silent,
    )
    found = values_of(answers)
    assert set(found) == {COLLAPSE, BOTH_WEAR, PROBE_WEARS}
    assert found[BOTH_WEAR]["opens"] == 1.0
    assert found[COLLAPSE]["harmless"] < 0.01
