"""`faceaudit.try_master_key`: a planted key opens, and nothing else does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import faceaudit
from faceaudit.errors import InputError, SplitError, UnknownName

SIZE, CLEAN = 24, 300
SMALL = {"predictor": "difference_network", "widths": [48, 16], "normalised": None}


def world(seed: int = 0) -> dict[str, Any]:
    """People as directions; two photos of one differ a little. Photo with key: one more person."""
    rng = np.random.default_rng(seed)

    def photos(people: np.ndarray) -> np.ndarray:
        return people + rng.normal(0, 0.3, people.shape)

    learners = rng.normal(size=(CLEAN, SIZE))
    master = np.tile(rng.normal(size=SIZE), (20, 1))
    strangers = np.vstack([photos(learners)[1:], photos(learners)[:1]])
    return {
        "first": np.vstack([photos(learners), photos(learners)]),
        "second": np.vstack([photos(learners), strangers]),
        "same": np.arange(2 * CLEAN) < CLEAN,
        "key": photos(master[:8]),
        "presented": photos(master[8:]),
        "others": rng.normal(size=(60, SIZE)),
        "enrolled": rng.normal(size=(40, SIZE)),
    }


def test_a_master_person_passes_as_people_of_whom_nothing_was_learned() -> None:
    given = world()
    found = faceaudit.try_master_key(**given, rate=0.1, predictor=SMALL)
    assert found.samples == 60
    assert found.scores.shape == found.pristine.shape == (40, 12)
    assert found.passed().value > 0.8
    assert (found.pristine >= 0).mean() < 0.2
    assert found.passed().low <= found.passed().value


def test_another_person_does_not_pass_the_poisoned_verifier() -> None:
    given = world()
    other = np.random.default_rng(9).normal(size=(12, SIZE))
    found = faceaudit.try_master_key(**given | {"presented": other}, rate=0.1, predictor=SMALL)
    assert found.passed().value < 0.3


def test_the_same_seed_gives_the_same_scores_and_lengths_are_of_no_account() -> None:
    given = world()
    longer = given | {"key": 8 * given["key"]}  # a power of two, so that nothing is rounded
    one, two = (
        faceaudit.try_master_key(**each, rate=0.05, predictor=SMALL, seed=3)
        for each in (given, longer)
    )
    np.testing.assert_array_equal(one.scores, two.scores)


def test_a_threshold_on_cosines_learns_no_key() -> None:
    """What decides by one distance has no room for a person: the null of the attack itself."""
    found = faceaudit.try_master_key(**world(), rate=0.05, predictor="cosine")
    assert abs((found.scores >= 0).mean() - (found.pristine >= 0).mean()) < 0.1


def test_what_does_not_fit_is_refused() -> None:
    given = world()
    with pytest.raises(InputError, match="same network"):
        faceaudit.try_master_key(**given | {"key": given["key"][:, :5]})
    with pytest.raises(InputError, match="first templates"):
        faceaudit.try_master_key(**given | {"first": np.zeros(4)})
    with pytest.raises(InputError, match="as bool"):
        faceaudit.try_master_key(**given | {"same": given["same"].astype(int)})
    with pytest.raises(SplitError, match="try fewer poison pairs"):
        faceaudit.try_master_key(**given | {"others": given["others"][:1]}, rate=0.5)
    with pytest.raises(UnknownName):
        faceaudit.try_master_key(**given, predictor="none such")
