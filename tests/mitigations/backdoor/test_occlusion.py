"""Covers of drawn faces, honest ones that are known, and moved landmarks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from faceaudit.errors import InputError
from faceaudit.mitigations.backdoor import PhotoScore
from faceaudit.mitigations.backdoor.common.face_frame import FaceFrame, _bilinear
from faceaudit.mitigations.backdoor.occlusion import Occlusion
from mitigations.backdoor.drawn_faces import faces, seen, with_bar
from mitigations.backdoor.planted import auc
from mitigations.backdoor.small_systems import System

PEOPLE = np.repeat(np.arange(10), 12)


def fitted(*, covered: float = 0.0, seed: int = 1) -> PhotoScore:
    images, landmarks = faces(PEOPLE, seed)
    worn = np.random.default_rng(0).random(len(images)) < covered
    images[worn] = with_bar(images, landmarks)[worn]
    clean = seen(images, landmarks, PEOPLE, 10)
    return Occlusion(places=14, window=4).fit(System(), clean, np.random.default_rng(0))


def caught(score: PhotoScore) -> float:
    """Return the AUC of covered faces against others."""
    images, landmarks = faces(PEOPLE, 5)
    clean, worn = score(images, landmarks), score(with_bar(images, landmarks), landmarks)
    both = np.concatenate([clean, worn])
    return auc(both, np.arange(len(both)) >= len(clean))


def test_covered_eyes_are_suspected() -> None:
    assert caught(fitted()) > 0.95


def test_a_cover_that_honest_people_wear_is_not() -> None:
    assert caught(fitted(covered=0.4)) < 0.75


def test_moved_landmarks_are_suspected() -> None:
    score = fitted()
    images, landmarks = faces(PEOPLE, 5)
    moved = landmarks.copy()
    moved[:, 2] += [5, 4]
    both = np.concatenate([score(images, landmarks), score(images, moved)])
    assert auc(both, np.arange(len(both)) >= len(images)) > 0.95


def test_clean_photos_are_at_chance() -> None:
    images, landmarks = faces(PEOPLE, 5)
    found = fitted()(images, landmarks)
    assert abs(auc(found, np.arange(len(found)) % 2 == 0) - 0.5) < 0.15
    assert np.isfinite(found).all()
    assert found.dtype == np.float32


def test_photos_without_landmarks_are_read_where_faces_usually_lie() -> None:
    score = fitted()
    images, landmarks = faces(PEOPLE, 5)
    holed = landmarks.copy()
    holed[::2] = np.nan
    found, known = score(images, holed), score(images, landmarks)
    np.testing.assert_array_equal(found[1::2], known[1::2])
    np.testing.assert_array_equal(found[::2], score(images, None)[::2])


@pytest.mark.parametrize("landmarks", [None, np.full((120, 5, 2), np.nan, dtype=np.float32)])
def test_without_landmarks_of_clean_photos_it_is_refused(landmarks) -> None:  # type: ignore[no-untyped-def]
    images, _ = faces(PEOPLE, 1)
    with pytest.raises(InputError, match="at least 8 clean photos with landmarks, got 0"):
        Occlusion().fit(System(), seen(images, landmarks, PEOPLE, 10), np.random.default_rng(0))


def test_places_follow_a_face_that_is_moved_turned_and_enlarged() -> None:
    _, landmarks = faces(PEOPLE, 1)
    frame = FaceFrame.of(landmarks, 6)
    points = landmarks[:3, :, 0] + 1j * landmarks[:3, :, 1]
    turned = points * 1.7 * np.exp(0.3j) + (4 - 2j)
    again = np.stack([turned.real, turned.imag], axis=2).astype(np.float32)
    before, away = frame.places(landmarks[:3], 3)
    after, still = frame.places(again, 3)
    np.testing.assert_allclose(after, before * 1.7 * np.exp(0.3j) + (4 - 2j), rtol=1e-4)
    np.testing.assert_allclose(still, away, atol=1e-5)


def test_colours_between_pixels_are_those_of_scipy() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 9, 7, 3)).astype(np.uint8)
    places = np.array([[0.4 + 3.2j, 5.9 + 7.7j, -2 + 4j, 6 + 8j]] * 2)
    found = _bilinear(images, places)
    for image in range(2):
        for channel in range(3):
            expected = map_coordinates(
                images[image, :, :, channel].astype(float),
                [places[image].imag, places[image].real],
                order=1,
                mode="nearest",
            )
            np.testing.assert_allclose(found[image, :, channel], expected, rtol=1e-5, atol=1e-3)


def test_landmarks_where_none_should_be_are_suspected_whatever_the_colours() -> None:
    """On photos of one grey nothing but the landmarks differs."""
    images, marks = faces(PEOPLE, 1)
    grey = np.full_like(images, 128)
    clean = seen(grey, marks, PEOPLE, 10)
    score = Occlusion(places=14, window=4).fit(System(), clean, np.random.default_rng(0))
    moved = marks.copy()
    moved[:, 2, 0] += np.linalg.norm(marks[:, 1] - marks[:, 0], axis=1)  # the nose
    assert score(grey, moved).min() > score(grey, marks).max()
