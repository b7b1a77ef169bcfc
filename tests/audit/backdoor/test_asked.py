"""Open identifiers as mitigations ask them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from faceaudit.audit.backdoor.asked import (
    AskedIdentifier,
    labels_among,
    require_known,
    see_photos,
    take_seen,
)
from faceaudit.errors import InputError
from faceaudit.systems.under_test.base import Access, IdentifierUnderTest
from faceaudit.types import FaceSet, FloatArray, IntArray
from helpers.faces import blocks

FACES = blocks(3, 4)
NAMES = ("nobody", "person-2", "person-0", "person-1")
LOGITS = np.random.default_rng(0).normal(0, 3, (len(FACES), 4)).astype(np.float32)


class Fixed(IdentifierUnderTest):
    """Gives the same answers to as many photos as there are."""

    title, id, size, names = "fixed", "fixed", (55, 47), NAMES
    access = frozenset({Access.SCORES, Access.EMBEDDINGS})

    def __init__(self, scores: FloatArray) -> None:
        self._scores = scores

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        raise NotImplementedError

    def scores(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        return self._scores[: len(faces)]

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        return faces.images[:, :2, 0, 0].astype(np.float32)


def test_probabilities_become_logits_and_logits_stay() -> None:
    plain = AskedIdentifier(Fixed(LOGITS)).logits(FACES.images)
    np.testing.assert_array_equal(plain, LOGITS)
    shares = softmax(LOGITS, axis=1).astype(np.float32)
    found = AskedIdentifier(Fixed(shares)).logits(FACES.images)
    np.testing.assert_allclose(softmax(found, axis=1), shares, atol=1e-6)
    assert found.max() <= 0
    sure = np.eye(4, dtype=np.float32)[np.zeros(len(FACES), dtype=np.int64)]
    assert np.isfinite(AskedIdentifier(Fixed(sure)).logits(FACES.images)).all()


def test_rows_are_those_that_are_asked_about() -> None:
    rows = np.array([5, 1])
    found = AskedIdentifier(Fixed(LOGITS)).embed(FACES.images, rows)
    np.testing.assert_array_equal(found, FACES.images[rows][:, :2, 0, 0])


def test_a_photo_without_answer_is_refused() -> None:
    silent = LOGITS.copy()
    silent[3, 1] = np.nan
    with pytest.raises(InputError, match="each of 12 photos, got none to 1"):
        AskedIdentifier(Fixed(silent)).logits(FACES.images)


def test_a_system_must_give_scores_and_embeddings() -> None:
    for missing in (Access.SCORES, Access.EMBEDDINGS):
        system = Fixed(LOGITS)
        system.access = Fixed.access - {missing}
        with pytest.raises(InputError, match=str(missing.value)):
            AskedIdentifier(system)


def test_people_are_known_by_their_names() -> None:
    assert labels_among(FACES, NAMES).tolist() == np.repeat([2, 3, 1], 4).tolist()
    assert labels_among(FACES, ("person-1",)).tolist() == np.repeat([-1, 0, -1], 4).tolist()
    require_known(FACES, NAMES)
    with pytest.raises(InputError, match="got 2 others such as 'person-0'"):
        require_known(FACES, ("person-1",))
    require_known(FACES.take(FACES.identity == 1), ("person-1",))


def test_photos_are_seen_with_everything_that_is_known_of_them() -> None:
    seen = see_photos(FACES, NAMES, AskedIdentifier(Fixed(LOGITS)))
    assert FACES.landmarks is not None
    assert seen.landmarks is FACES.landmarks
    np.testing.assert_array_equal(seen.logits, LOGITS)
    some = take_seen(seen, np.array([7, 2]))
    np.testing.assert_array_equal(some.images, FACES.images[[7, 2]])
    np.testing.assert_array_equal(some.landmarks, FACES.landmarks[[7, 2]])
    np.testing.assert_array_equal(some.logits, LOGITS[[7, 2]])
    np.testing.assert_array_equal(some.embeddings, seen.embeddings[[7, 2]])
    assert some.label.tolist() == [3, 2]
    pixels = see_photos(FACES, NAMES, None)
    assert pixels.logits.shape == (12, 4)
    assert pixels.embeddings.shape == (12, 0)
