"""`faceaudit.find_master_faces`: one search without a plan."""

from __future__ import annotations

import numpy as np
import pytest

import faceaudit
from audit.inversion.stubs import SIZE, network
from faceaudit.errors import InputError, UnknownName
from helpers.faces import blocks

PHOTOS = blocks(people=40, photos=1, size=SIZE).images


@pytest.mark.parametrize("attack", ["greedy_photos", {"attack": "pixels", "steps": 15}])
def test_faces_pass_as_people_whom_the_search_never_saw(attack: object) -> None:
    embedder = network(0)
    others = faceaudit.embed(embedder, PHOTOS[30:])
    found = faceaudit.find_master_faces(
        embedder,
        PHOTOS[:30],
        threshold=0.1,
        attack=attack,  # type: ignore[arg-type]
        count=4,
    )
    assert found.images.shape == (4, *SIZE, 3)
    # By hand: who is passed as by any of the first two.
    passed = 0
    for one in others:
        cosines = [
            float(face @ one / np.linalg.norm(face) / np.linalg.norm(one))
            for face in faceaudit.embed(embedder, found.images[:2])
        ]
        passed += max(cosines) >= 0.1
    estimate = found.covered(others, faces=2)
    assert (estimate.value, estimate.n) == (passed / 10, 10)
    assert found.covered(others).value >= estimate.value
    assert found.used.n == 30


def test_wrong_input_is_refused_before_the_search() -> None:
    embedder = network(0)
    with pytest.raises(InputError, match="two people or more"):
        faceaudit.find_master_faces(embedder, PHOTOS[:1], threshold=0.1)
    with pytest.raises(InputError, match="threshold as a number"):
        faceaudit.find_master_faces(embedder, PHOTOS, threshold=1.1)
    with pytest.raises(UnknownName, match="greedy_photos"):
        faceaudit.find_master_faces(embedder, PHOTOS, threshold=0.1, attack="greedy_photo")
    found = faceaudit.find_master_faces(embedder, PHOTOS, threshold=0.1, count=2)
    with pytest.raises(InputError, match="at most 2 faces"):
        found.covered(np.ones((3, 24)), faces=3)
    with pytest.raises(InputError, match=r"of the same network, \(N, 24\)"):
        found.covered(np.ones((3, 20)))
    with pytest.raises(InputError, match="finite numbers"):
        found.covered(np.full((3, 24), np.nan))
