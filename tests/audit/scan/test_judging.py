"""Stages tested apart: each by its own null, the level split over them."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.audit.scan.judging import ENOUGH, clean_ratios, smallest_chance, try_stages
from faceaudit.mitigations.scan import Suspected
from faceaudit.mitigations.scan.base import says_nothing
from faceaudit.mitigations.scan.common.standing_out import chance_among, stand_out
from faceaudit.types import Float64Array

CLASSES = 30
EVEN = {"one": 1.0, "two": 1.0}


def told(value: Float64Array) -> Suspected:
    found = stand_out(value)
    assert found is not None
    return Suspected(value, "a value", found.chance, found.classes, found.ratio)


def flat(**above: float) -> Suspected:
    """Values that hardly differ, apart from those that are said as class_N."""
    value = 1 + 0.01 * np.arange(CLASSES)[::-1]
    largest = value.max()
    for name, ratio in above.items():
        value[int(name.removeprefix("class_"))] = ratio * largest
    return told(value)


def test_a_stage_that_sees_nothing_takes_only_its_part_of_the_level_from_another() -> None:
    clean = {"one": [1.2, 1.1, 1.3, 1.15], "two": [1.2, 1.1, 1.3, 1.15]}
    sees = try_stages({"one": flat(class_7=6.0)}, EVEN, clean)
    both = try_stages({"one": flat(class_7=6.0), "two": flat(class_3=1.2)}, EVEN, clean)
    alone, order = smallest_chance(sees, CLASSES)
    together, same = smallest_chance(both, CLASSES)
    assert order[0] == same[0] == 7
    assert alone[7] == pytest.approx(chance_among(6.0, clean["one"]))
    assert together[7] == pytest.approx(2 * alone[7])


def test_the_level_is_split_by_weight() -> None:
    found = {"one": flat(class_7=3.0), "two": flat(class_3=3.0), "three": flat()}
    tested = try_stages(found, {"one": 1.0, "two": 0.25, "three": 0.75}, {})
    assert {name: one.part for name, one in tested.items()} == {
        "one": 0.5,
        "two": 0.125,
        "three": 0.375,
    }
    assert np.array_equal(tested["two"].adjusted, 8 * tested["two"].chance)


def test_alarms_over_all_stages_are_as_rare_as_the_level_says_whatever_they_have_in_common() -> (
    None
):
    rng = np.random.default_rng(2)
    alarms = {"apart": 0, "alike": 0}
    for _ in range(800):
        # Of the scanned network five gaps are looked at, of each clean one two; see `chance_among`.
        scaled = rng.exponential(0.3, size=(2, 9, 5)) / np.arange(1, 6)
        scaled[:, 1:, 2:] = 0
        gaps = np.exp(scaled.max(axis=2))
        for kind, rows in (("apart", gaps), ("alike", gaps[[0, 0]])):
            names = dict(zip(("one", "two"), rows, strict=True))
            found = {name: _gap(row[0]) for name, row in names.items()}
            clean = {name: list(row[1:]) for name, row in names.items()}
            chance, _ = smallest_chance(try_stages(found, EVEN, clean), CLASSES)
            alarms[kind] += chance.min() < 0.1
    assert alarms["apart"] / 800 == pytest.approx(1 - 0.95**2, abs=4 * 0.0105)
    assert alarms["alike"] / 800 == pytest.approx(0.05, abs=4 * 0.0077)


def _gap(ratio: float) -> Suspected:
    """One class above a gap of a ratio."""
    value = np.ones(CLASSES)
    value[4] = ratio
    return Suspected(value, "", np.ones(CLASSES), np.array([4]), ratio)


def test_each_stage_has_the_null_that_its_own_clean_networks_make() -> None:
    found = {"one": flat(class_7=3.0), "two": flat(class_3=3.0)}
    tested = try_stages(found, EVEN, {"two": [1.1, 1.2, 1.1, 1.3]})
    assert tested["one"].null == "its own people"
    assert np.array_equal(tested["one"].chance, found["one"].chance)
    assert tested["two"].null == "clean networks"
    assert tested["two"].chance[3] == pytest.approx(chance_among(3.0, [1.1, 1.2, 1.1, 1.3]))
    assert (np.delete(tested["two"].chance, 3) == 1).all()


def test_a_stage_that_says_nothing_keeps_its_part_and_decides_nothing() -> None:
    silent = says_nothing(CLASSES, "", "nobody was named")
    tested = try_stages({"one": flat(class_7=6.0), "two": silent}, EVEN, {"one": [1.1] * 5})
    chance, order = smallest_chance(tested, CLASSES)
    assert order[0] == 7
    assert chance[7] == pytest.approx(2 * chance_among(6.0, [1.1] * 5))
    none, _ = smallest_chance(try_stages({"two": silent}, EVEN, {}), CLASSES)
    assert np.isnan(none).all()
    assert np.isnan(smallest_chance({}, CLASSES)[0]).all()


def test_of_people_with_equal_chances_the_one_furthest_ahead_is_first() -> None:
    one, two = _gap(4.7), _gap(1.6)
    value = np.roll(one.value, 1)
    far = Suspected(value, "", np.ones(CLASSES), np.array([5]), 4.7)
    for found in ({"one": far, "two": two}, {"one": two, "two": far}):
        chance, order = smallest_chance(try_stages(found, EVEN, {}), CLASSES)
        assert (chance == 1).all()
        assert order[:2].tolist() == [5, 4]


def test_people_below_the_gap_come_after_those_above_it() -> None:
    found = {"one": flat(class_7=2.0, class_9=2.5), "two": flat(class_3=1.1)}
    _, order = smallest_chance(try_stages(found, EVEN, {}), CLASSES)
    assert set(order[:3].tolist()) == {7, 9, 3}
    assert order[3:].tolist() == [one for one in range(CLASSES) if one not in (7, 9, 3)]


def test_clean_networks_are_a_null_from_enough_of_them_and_one_is_judged_by_the_others() -> None:
    ratios = [{"one": 1.0 + place, "two": None if place else 2.0} for place in range(ENOUGH)]
    assert clean_ratios(ratios) == {"one": [1.0, 2.0, 3.0, 4.0]}
    assert clean_ratios(ratios, without=1) == {"one": [1.0, 3.0, 4.0]}
    assert clean_ratios(ratios[:-1]) == {}
    assert clean_ratios([]) == {}
