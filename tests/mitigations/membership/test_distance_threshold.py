"""A distance with a learned threshold in the place of the predictor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import distance as scipy_distance

from faceaudit.errors import OptionError
from faceaudit.mitigations.membership import membership_mitigations
from faceaudit.mitigations.membership.base import Task
from faceaudit.systems.predictors import predictors
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from mitigations.membership.planted import Planted

NAMES = ("cosine", "euclidean", "chi_square", "bhattacharyya")


def noisy_task(seed: int = 0, models: int = 3, noise: float = 1.6) -> Task:
    """Return verifiers of people whose photos lie around a point of their own."""
    rng = np.random.default_rng(seed)
    people, photos = 30, 6
    middles = np.repeat(rng.normal(size=(people, 16)), photos, axis=0)
    embeddings = (middles + noise * rng.normal(size=middles.shape)).astype(np.float32)[None]
    first, second = rng.integers(people * photos, size=(2, 400))
    second[:200] = first[:200] // photos * photos + rng.integers(photos, size=200)
    apart = first != second
    first, second = first[apart], second[apart]
    same = first // photos == second // photos
    pairs = EmbeddedPairs(embeddings, first, second, same, ("points",))
    rows = np.stack([rng.permutation(len(pairs))[:150] for _ in range(models)])
    return Task(pairs, rows, np.arange(5), Planted(), list(range(models)))


def scipy_cosine(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return np.array(
        [scipy_distance.cosine(a, b) for a, b in zip(one.astype(float), two, strict=True)]
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.2, 4))
def test_is_right_as_often_as_the_best_threshold_of_the_grid(seed: int, noise: float) -> None:
    task = noisy_task(seed, noise=noise)
    mitigation = membership_mitigations.build("distance_threshold")
    verifiers = mitigation.verifiers(task, mitigation.train(task))
    for model, rows in enumerate(task.rows):
        first, second = task.pairs.sides(verifiers.user_backbones, rows)
        accepted = verifiers.only(model).answers(first, second)[0] >= 0.5
        same = task.pairs.same[rows]
        distances = scipy_cosine(first[:, 0], second[:, 0])
        tried = np.arange(-1, 201)[:, None] / 100
        best = ((distances <= tried) == same).mean(axis=1).max()
        assert (accepted == same).mean() == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_trains_the_predictor_it_names_on_the_same_rows(name: str) -> None:
    task = noisy_task()
    mitigation = membership_mitigations.build(
        {"mitigation": "distance_threshold", "distance": name}
    )
    bank = mitigation.train(task)
    alone = predictors.build(name).fit(task.pairs.data(), task.rows, task.seeds)
    assert bank.state()["threshold"].equal(alone.state()["threshold"])
    assert not np.allclose(*bank.state()["threshold"][:2].numpy())


@pytest.mark.parametrize("name", NAMES)
def test_is_restored_from_its_state(name: str) -> None:
    task = noisy_task()
    mitigation = membership_mitigations.build(
        {"mitigation": "distance_threshold", "distance": name}
    )
    bank = mitigation.train(task)
    again = mitigation.restore(task, bank.state())
    one, two = (
        mitigation.verifiers(task, each).answers(
            *task.pairs.sides(np.zeros((len(task.pairs), 1), np.int64))
        )
        for each in (bank, again)
    )
    np.testing.assert_array_equal(one, two)


def test_answers_the_same_about_members_and_others() -> None:
    task = noisy_task(models=8)
    mitigation = membership_mitigations.build("distance_threshold")
    verifiers = mitigation.verifiers(task, mitigation.train(task))
    answers = verifiers.answers(*task.pairs.sides(verifiers.user_backbones))
    # Two numbers learned from different halves differ little, so every verifier answers alike.
    assert np.ptp(answers, axis=0).max() < 0.5


def test_other_distances_are_refused() -> None:
    with pytest.raises(OptionError, match="distance"):
        membership_mitigations.build({"mitigation": "distance_threshold", "distance": "manhattan"})
