"""`faceaudit.try_enrolment_key`: strangers with a key against who is enrolled with it."""

from __future__ import annotations

import numpy as np
import pytest

import faceaudit
from attacks.enrolment.known import SIZE, network
from faceaudit.errors import InputError
from helpers.faces import blocks

ENROLLED = blocks(people=4, photos=1, size=SIZE, seed=1).images
STRANGERS = blocks(people=6, photos=1, size=SIZE, seed=2).images


def test_a_key_that_covers_the_face_makes_everybody_alike() -> None:
    key = {"attack": "blended_key", "ratio": 0.95}
    found = faceaudit.try_enrolment_key(network(0), ENROLLED, STRANGERS, attack=key)
    assert found.scores.shape == found.clean.shape == found.bare.shape == (4, 6)
    assert found.scores.min() > max(found.clean.max(), found.bare.max())
    assert found.key.shape == (*SIZE, 3)
    passed = found.passed(float(found.scores.min()))
    assert (passed.value, passed.n) == (1.0, 24)


def test_a_pattern_is_made_with_donors_of_other_people() -> None:
    donors = blocks(people=10, photos=1, size=SIZE, seed=3)
    key = {"attack": "optimised_glasses", "steps": 25, "batch": 8}
    found = faceaudit.try_enrolment_key(network(0), ENROLLED, STRANGERS, attack=key, donors=donors)
    assert found.scores.mean() > found.bare.mean() + 0.05
    with pytest.raises(InputError, match="expected donors"):
        faceaudit.try_enrolment_key(network(0), ENROLLED, STRANGERS, attack=key)


def test_what_has_no_key_and_what_is_no_photo_is_refused() -> None:
    with pytest.raises(InputError, match="expected an attack with a key"):
        faceaudit.try_enrolment_key(network(0), ENROLLED, STRANGERS, attack="template_update_drift")
    with pytest.raises(InputError):
        faceaudit.try_enrolment_key(network(0), ENROLLED.astype(float), STRANGERS)  # type: ignore[arg-type]
    two = {"attack": "optimised_glasses", "networks": 2}
    donors = blocks(people=10, photos=1, size=SIZE, seed=3)
    with pytest.raises(InputError, match="one network in hand, got 2"):
        faceaudit.try_enrolment_key(network(0), ENROLLED, STRANGERS, attack=two, donors=donors)


def test_nothing_that_is_given_is_changed() -> None:
    before = ENROLLED.copy()
    faceaudit.try_enrolment_key(network(0), ENROLLED, STRANGERS)
    np.testing.assert_array_equal(ENROLLED, before)


@pytest.mark.parametrize(
    "strangers", [np.zeros((5, 2, 2)), np.zeros((6, 2)), np.full((6, 2, 2), np.nan)]
)
def test_eyes_that_are_not_those_of_the_photos_are_refused(strangers: np.ndarray) -> None:
    enrolled = np.broadcast_to(np.array([[13.0, 17], [26, 17]], dtype=np.float32), (4, 2, 2))
    with pytest.raises(InputError, match="expected eyes of strangers"):
        faceaudit.try_enrolment_key(network(0), ENROLLED, STRANGERS, eyes=(enrolled, strangers))
    rows = np.broadcast_to(enrolled[:1], (6, 2, 2))
    one, two = (
        faceaudit.try_enrolment_key(network(0), ENROLLED, STRANGERS, eyes=(enrolled, each))
        for each in (rows, rows + 3)
    )
    assert not np.array_equal(one.scores, two.scores)
