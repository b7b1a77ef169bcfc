from __future__ import annotations

from dataclasses import replace

import pytest

from faceaudit.report.backdoor.attack_series import arrange
from report.backdoor.samples import case, pristine_case


def test_levels_grow_and_the_usual_one_is_the_main_one() -> None:
    (series,) = arrange([case("accessory", samples) for samples in (230, 57, 115)])
    assert [level.samples for level in series.levels] == [57, 115, 230]
    assert series.main is not None
    assert series.main.samples == 57


def test_nearest_to_the_usual_when_it_was_not_tried() -> None:
    (series,) = arrange([case("accessory", samples) for samples in (10, 50, 230)])
    assert series.main is not None
    assert series.main.samples == 50


def test_trainings_are_combined_whoever_the_target_was() -> None:
    hits = (21, 18, 20)
    cases = [case(seed=s, success=(n, 21), target=f"person-{s}") for s, n in enumerate(hits)]
    (series,) = arrange(cases)
    (level,) = series.levels
    assert level.trainings == 3
    assert [rate.value for rate in level.single("attack_success")] == [n / 21 for n in hits]
    found = level.get("attack_success")
    assert found is not None
    assert (found.n, found.value) == (3, pytest.approx(59 / 63))


def test_trainings_that_lost_samples_are_combined_by_how_many_were_planned() -> None:
    """As where a key hides the face of some, of other photos in each training."""
    cases = [
        replace(one, facts={**one.facts, "poison_samples": 115 - lost})
        for lost, one in enumerate(case(seed=seed) for seed in range(3))
    ]
    (series,) = arrange(cases)
    (level,) = series.levels
    assert (level.samples, level.trainings) == (115, 3)


def test_a_training_without_the_figure_is_said_not_counted() -> None:
    (series,) = arrange([case(success=(21, 21)), case(success=None, seed=1)])
    (level,) = series.levels
    assert level.trainings == 1
    assert level.figure("attack_success").why_none.startswith("measured for 1 of 2")


def test_wrong_keys_together_are_over_keys_in_one_training_and_in_several() -> None:
    cases = [case(seed=seed, wrong=[115, 100, 15, 0]) for seed in range(3)]
    for some in (cases[:1], cases[:2], cases):
        (series,) = arrange(some)
        found = series.levels[0].get("wrong_key_success")
        assert found is not None
        assert (found.n, found.value) == (4, pytest.approx(0.5))
        assert found.low < 0.2
        assert found.high > 0.8


def test_people_and_photos_of_the_instances() -> None:
    (series,) = arrange([case(people=19), case(people=23, seed=1)])
    (level,) = series.levels
    assert level.people == (19, 23)
    assert not level.one_photo
    (series,) = arrange([case(copies=True), case(seed=1)])
    assert not series.levels[0].one_photo
    (series,) = arrange([case(copies=True), case(copies=True, seed=1)])
    assert series.levels[0].one_photo


def test_no_training_with_the_figure() -> None:
    (series,) = arrange([case(success=None), case(success=None, seed=1)])
    (level,) = series.levels
    found = level.figure("attack_success")
    assert found.estimate is None
    assert found.why_none == "the photos could not be read"


def test_attacks_with_other_keys_are_told_apart() -> None:
    series = arrange([case(), case(key="random-1"), case("accessory")])
    assert [(one.title, one.subtitle) for one in series] == [
        ("Blended injection (key cartoon-cat)", "DeepID, key cartoon-cat"),
        ("Blended injection (key random-1)", "DeepID, key random-1"),
        ("Accessory injection", "DeepID"),
    ]


def test_options_that_usual_attacks_leave_out_are_told() -> None:
    """Two attacks of one name would share a column of the matrix."""
    varied = case()
    attack = {**varied.spec["attack"], "spread": 0.1}
    varied = replace(varied, id="varied", spec={**varied.spec, "attack": attack})
    assert [one.title for one in arrange([case(), varied])] == [
        "Blended injection",
        "Blended injection (spread 0.1)",
    ]


def test_systems_trained_otherwise_are_told_apart() -> None:
    series = arrange([case(), case(training={"learning_rate": 0.1, "epochs": 5})])
    assert [one.subtitle for one in series] == ["DeepID, epochs 25", "DeepID, epochs 5"]


def test_networks_are_series_of_their_own() -> None:
    series = arrange([case(), case(network="vggface")])
    assert [(one.title, one.network_title) for one in series] == [
        ("Blended injection", "DeepID"),
        ("Blended injection", "VGG-Face"),
    ]


def test_failed_and_pristine() -> None:
    series = arrange([pristine_case(), case(), case(key="/no/such.png", error="gone")])
    assert [len(one.failed) for one in series] == [0, 1]
    assert series[1].main is None
