"""Attacks on attributes: each finds what it can, and nothing where there is nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from attacks.attribute_inference.planted import split
from faceaudit.attacks.attribute_inference import Labelled, attribute_attacks
from faceaudit.attacks.attribute_inference.common.linear import Features
from faceaudit.errors import InputError
from faceaudit.metrics.classes import macro_auc

NAMES = attribute_attacks.names()


def area(name: str, how: str, *, seed: int = 0, shuffled: bool = False) -> float:
    labelled, templates, value, people = split(how, seed=seed)
    rng = np.random.default_rng(seed)
    if shuffled:
        dealt = rng.permutation(labelled.value[::2]).repeat(2)
        labelled = replace(labelled, value=dealt)
    scores = attribute_attacks.build(name).scores(labelled, templates, rng)
    return macro_auc(scores, value, people).value


@pytest.mark.parametrize("name", NAMES)
def test_every_attack_finds_values_with_other_means(name: str) -> None:
    assert area(name, "mean") > 0.9


@pytest.mark.parametrize(
    ("name", "finds"),
    [
        ("linear_probe", False),
        ("pair_scores", False),
        ("boosted_probe", True),
        ("kernel_probe", True),
    ],
)
def test_only_curved_probes_find_values_that_differ_in_spread(name: str, finds: bool) -> None:
    found = np.mean([area(name, "spread", seed=seed) for seed in range(3)])
    assert found > 0.8 if finds else 0.35 < found < 0.65


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_found_where_there_is_nothing(name: str) -> None:
    assert np.mean([area(name, "nothing", seed=seed) for seed in range(5)]) == pytest.approx(
        0.5, abs=0.06
    )


@pytest.mark.parametrize("name", NAMES)
def test_labels_dealt_anew_teach_nothing(name: str) -> None:
    found = [area(name, "mean", seed=seed, shuffled=True) for seed in range(6)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.2)
    assert np.mean(found) < area(name, "mean") - 0.2


@pytest.mark.parametrize("name", NAMES)
def test_scores_are_shares_and_the_same_seed_gives_the_same(name: str) -> None:
    labelled, templates, _, _ = split("mean", labelled=20, attacked=10)
    attack = attribute_attacks.build(name)
    before = labelled.templates.copy(), templates.copy()
    found = [attack.scores(labelled, templates, np.random.default_rng(5)) for _ in range(2)]
    assert found[0].shape == (20, 2)
    assert found[0].min() >= 0
    assert found[0].max() <= 1
    np.testing.assert_array_equal(*found)
    np.testing.assert_array_equal(labelled.templates, before[0])
    np.testing.assert_array_equal(templates, before[1])


@pytest.mark.parametrize("name", NAMES)
def test_a_value_that_no_labelled_person_has_scores_lowest(name: str) -> None:
    labelled, templates, _, _ = split("mean", labelled=20, attacked=10)
    three = replace(labelled, value=labelled.value * 2, values=3)
    found = attribute_attacks.build(name).scores(three, templates, np.random.default_rng(0))
    assert found.shape == (20, 3)
    assert (found[:, 1] == 0).all()
    alone = replace(labelled, value=np.zeros_like(labelled.value))
    found = attribute_attacks.build(name).scores(alone, templates, np.random.default_rng(0))
    assert (found == found[0]).all()


@pytest.mark.parametrize("name", NAMES)
def test_three_values_are_told_apart(name: str) -> None:
    rng = np.random.default_rng(0)
    people = np.arange(240)
    value = people % 3
    templates = rng.normal(size=(240, 5)) + 2.5 * np.eye(5)[value]
    templates = (templates / np.linalg.norm(templates, axis=1, keepdims=True)).astype(np.float32)
    labelled = Labelled(templates[:150], value[:150], people[:150], 3)
    scores = attribute_attacks.build(name).scores(labelled, templates[150:], rng)
    assert macro_auc(scores, value[150:], people[150:]).value > 0.85


def test_scores_alone_see_no_template() -> None:
    """Cosines stay where all templates are turned alike, and so does everything from them."""
    labelled, templates, _, _ = split("mean", labelled=30, attacked=10)
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))[0].astype(np.float32)
    attack = attribute_attacks.build("pair_scores")
    turned = replace(labelled, templates=labelled.templates @ turn)
    np.testing.assert_allclose(
        attack.scores(labelled, templates, np.random.default_rng(0)),
        attack.scores(turned, templates @ turn, np.random.default_rng(0)),
        atol=1e-3,
    )


def test_queries_are_scores_of_labelled_and_attacked_photos_with_references() -> None:
    labelled, _, _, _ = split("mean", labelled=30, attacked=10)
    assert len(labelled.value) == 60
    few = attribute_attacks.build({"attack": "pair_scores", "references": 7})
    assert few.queries(labelled, 20) == 7 * (60 + 20)
    assert attribute_attacks.build("pair_scores").queries(labelled, 20) == 60 * (60 + 20)
    assert attribute_attacks.build("linear_probe").queries(labelled, 20) == 0


def test_references_are_of_as_many_people_as_there_are() -> None:
    labelled, _, _, _ = split("mean", labelled=30, attacked=10)
    attack = attribute_attacks.build({"attack": "pair_scores", "references": 30})
    rows = attack._references(labelled)  # type: ignore[attr-defined]
    assert sorted(labelled.people[rows].tolist()) == list(range(30))


def test_nobody_is_in_two_folds() -> None:
    labelled, _, _, _ = split("mean", labelled=30, attacked=10)
    fold = labelled.folds(np.random.default_rng(0))
    assert (fold[::2] == fold[1::2]).all()
    assert np.bincount(fold).tolist() == [20, 20, 20]


def test_attacked_photos_do_not_say_how_features_are_scaled() -> None:
    known, asked = np.eye(3, dtype=np.float32), np.full((1, 3), 100, dtype=np.float32)
    found = Features.of(known, asked)
    np.testing.assert_allclose(found.known.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(found.known.std(axis=0), 1)
    assert found.asked.min() > 200


def test_labels_that_do_not_fit_are_refused() -> None:
    templates = np.zeros((2, 3), dtype=np.float32)
    with pytest.raises(InputError, match="expected values from 0 to 1, got 0 to 2"):
        Labelled(templates, np.array([0, 2]), np.array([0, 1]), 2)
    with pytest.raises(InputError, match="as many templates as values"):
        Labelled(templates, np.array([0]), np.array([0, 1]), 2)
