"""Landmarks without and with a key: planted shifts are found, nothing is found where none is."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.errors import InputError
from faceaudit.faces.alignment.common.similarity import ARCFACE
from faceaudit.faces.detections import Detections
from faceaudit.protocols.landmark_shift import (
    FoundLandmarks,
    find_landmarks,
    measure_shift,
    threshold_at,
)
from faceaudit.types import FloatArray, ImageArray

NONE = Detections(
    np.zeros((0, 4), np.float32), np.zeros((0, 5, 2), np.float32), np.zeros(0, np.float32)
)


def found(points: FloatArray, doubt: object = 0.0) -> FoundLandmarks:
    count = len(points)
    each = np.broadcast_to(np.asarray(doubt, dtype=float), count)
    known = np.isfinite(points).all(axis=(1, 2))
    return FoundLandmarks(points, np.where(known, each, np.nan), np.where(known, 0.0, np.nan))


def faces(count: int, scale: float = 1.0) -> FloatArray:
    return np.repeat((ARCFACE * scale)[None], count, axis=0).astype(np.float32)


def test_a_planted_shift_is_found_in_pixels_and_eye_distances() -> None:
    bare = faces(6, scale=2.0)
    keyed = bare.copy()
    keyed[:, 2] += [6.0, 8.0]
    shift = measure_shift(found(bare), found(keyed), np.arange(6))
    np.testing.assert_allclose(shift.pixels[:, 2], 10, atol=1e-4)
    np.testing.assert_allclose(shift.pixels[:, [0, 1, 3, 4]], 0, atol=1e-6)
    apart = 2 * np.linalg.norm(ARCFACE[1] - ARCFACE[0])
    assert shift.mean_pixels.value == pytest.approx(2.0, abs=1e-4)
    assert shift.mean_shift.value == pytest.approx(2 / apart, abs=1e-5)
    assert shift.moved.value == 1
    assert shift.not_found.value == 0


def test_nothing_moved_is_no_shift() -> None:
    bare = faces(4)
    shift = measure_shift(found(bare), found(bare), np.arange(4))
    assert shift.mean_pixels.value == 0
    assert shift.mean_crop.value == pytest.approx(0, abs=1e-9)
    assert shift.moved.value == 0


def test_the_crop_moves_as_the_similarity_says() -> None:
    """Of landmarks all moved alike the crop moves by that; in pixels of 112 of a face of 224."""
    bare = faces(3, scale=2.0)
    shift = measure_shift(found(bare), found(bare + np.float32([8, -6])), np.arange(3))
    np.testing.assert_allclose(shift.crop, 5, atol=1e-4)


def test_faces_that_are_lost_are_counted_of_those_that_were_found() -> None:
    bare, keyed = faces(10), faces(10)
    bare[8:] = np.nan
    keyed[[0, 1, 9]] = np.nan
    shift = measure_shift(found(bare), found(keyed), np.arange(10))
    assert (shift.not_found.value, shift.not_found.n) == (0.25, 8)
    assert len(shift.pixels) == 6


def test_photos_of_one_person_are_a_cluster() -> None:
    bare, keyed = faces(40), faces(40)
    keyed[::2] = np.nan
    keyed[::2, :, :] = np.nan
    alone = measure_shift(found(bare), found(keyed), np.arange(40)).not_found
    person = np.arange(40) % 4
    apart = measure_shift(found(bare), found(keyed), person).not_found
    assert apart.high - apart.low > alone.high - alone.low


def test_what_cannot_be_measured_is_refused_or_unknown() -> None:
    with pytest.raises(InputError, match="expected the same photos"):
        measure_shift(found(faces(2)), found(faces(3)), np.arange(2))
    nobody = faces(2) * np.float32(np.nan)
    with pytest.raises(InputError, match="expected photos in which a face is found"):
        measure_shift(found(nobody), found(faces(2)), np.arange(2))
    lost = measure_shift(found(faces(2)), found(nobody), np.arange(2))
    assert lost.not_found.value == 1
    assert lost.mean_shift is lost.moved is lost.mean_crop is lost.refused(0.1) is None
    assert lost.as_json()["mean_shift"] is None


def test_the_threshold_lets_the_share_be_refused_and_no_more() -> None:
    doubt = np.arange(100) / 100
    clean = found(faces(100), doubt)
    threshold = threshold_at(clean, 0.05)
    assert (doubt >= threshold).sum() == 5
    assert (np.ones(100) * 0.3 >= threshold_at(found(faces(100), 0.3), 0.05)).sum() == 0
    with pytest.raises(InputError, match="expected clean photos"):
        threshold_at(found(faces(2) * np.float32(np.nan)), 0.05)


def mean_grey(points: FloatArray, lost: bool = False):  # type: ignore[no-untyped-def]
    """Return a detector that knows a photo from its mirror image by the first column."""

    def find(image: ImageArray) -> Detections:
        mirrored = image[0, 0, 0] == 0
        if lost and mirrored:
            return NONE
        at = points.copy()
        if mirrored:
            at[:, 0] = image.shape[1] - 1 - at[:, 0]
            at = at[[1, 0, 2, 4, 3]]
            at[0, 0] += 3.5  # the one disagreement
        return Detections(
            np.array([[10, 10, 80, 80]], np.float32), at[None], np.ones(1, np.float32)
        )

    return find


def test_mirror_images_are_compared_in_the_photo_s_own_pixels() -> None:
    image = np.zeros((1, 112, 130, 3), dtype=np.uint8)
    image[0, 0, 0] = 255
    points = ARCFACE.astype(np.float32)
    seen = find_landmarks(image, mean_grey(points))
    apart = float(np.linalg.norm(points[1] - points[0]))
    assert seen.mirror[0] == pytest.approx(3.5 / 5 / apart, rel=1e-4)
    np.testing.assert_array_equal(seen.points[0], points)
    assert np.isinf(find_landmarks(image, mean_grey(points, lost=True)).mirror[0])


def test_landmarks_of_no_face_fit_no_head() -> None:
    image = np.zeros((1, 112, 130, 3), dtype=np.uint8)
    image[0, 0, 0] = 255
    points = ARCFACE.astype(np.float32)
    usual = find_landmarks(image, mean_grey(points)).fit[0]
    points[2] += [12, -14]
    assert find_landmarks(image, mean_grey(points)).fit[0] > usual + 0.05
