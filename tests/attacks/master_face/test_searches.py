"""Every search: what it finds passes as more people than photos drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attacks.master_face.world import embed, known, photos
from faceaudit.attacks.master_face import MasterFaceAttack, master_face_attacks
from faceaudit.errors import InputError

QUICK: dict[str, dict[str, Any]] = {
    "renderer_search": {"queries": 40, "population": 8, "generator": "principal_components"},
    "pixels": {"steps": 25, "starts": 2},
}


def build(name: str) -> MasterFaceAttack:
    return master_face_attacks.build({"attack": name, **QUICK.get(name, {})})


@pytest.mark.parametrize("name", master_face_attacks.names())
def test_it_beats_random_photos_on_people_it_never_saw(name: str) -> None:
    images = photos(120)
    own, others = images[::2], embed(images[1::2])
    given = known(own)
    before = own.copy()
    found = build(name).find(given, 3, np.random.default_rng(0))
    assert found.shape == (3, *own.shape[1:])
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(own, before)

    def covered(faces: np.ndarray) -> float:
        return float((embed(faces) @ others.T >= 0.8).any(axis=0).mean())

    rng = np.random.default_rng(1)
    chance = [covered(own[rng.choice(len(own), 3, replace=False)]) for _ in range(200)]
    assert covered(found) > np.mean(chance)
    used = (given.scores(found) >= 0).any(axis=0).mean()
    assert used > np.mean(chance)


@pytest.mark.parametrize("name", master_face_attacks.names())
def test_the_same_seed_gives_the_same_faces(name: str) -> None:
    given = known(photos(40))
    one, two = (build(name).find(given, 2, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_a_photo_does_not_count_for_its_own_person() -> None:
    """One person whom nobody resembles: their photo passes as nobody but themself."""
    images = photos(30)
    images[7] = 255 - images[7]
    found = build("greedy_photos").find(known(images), 1, np.random.default_rng(0))
    scores = known(images).scores(found)[0]
    others = [int((row >= 0).sum()) - 1 for row in known(images).scores(images)]
    assert int((scores >= 0).sum()) - 1 == max(others)


def test_a_search_on_pixels_needs_gradients() -> None:
    with pytest.raises(InputError, match="networks that give gradients"):
        build("pixels").find(known(photos(10), gradients=False), 1, np.random.default_rng(0))


def test_more_faces_than_photos_are_refused() -> None:
    with pytest.raises(InputError, match="at most 10 faces"):
        build("greedy_photos").find(known(photos(10)), 11, np.random.default_rng(0))


def test_faces_are_made_for_those_whom_no_earlier_one_passes_as() -> None:
    """Two groups that are opposites: no face passes as both, and the second is for the second."""
    rng = np.random.default_rng(5)
    first = rng.normal(128, 40, (5, 5, 3))
    middle = (first, 256 - first)
    coarse = np.concatenate([one + rng.normal(0, 6, (20, 5, 5, 3)) for one in middle])
    images = np.clip(coarse.repeat(8, 1).repeat(8, 2), 0, 255).astype(np.uint8)
    for name in ("greedy_photos", "pixels"):
        found = build(name).find(known(images), 2, np.random.default_rng(0))
        passed = known(images).scores(found) >= 0
        assert passed.any(axis=0).mean() > 0.9
        assert not passed.all(axis=0).any()
