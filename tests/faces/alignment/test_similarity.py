"""The similarity and the warp, against linear least squares and pictures that can be counted."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.errors import InputError
from faceaudit.faces.alignment.common.similarity import (
    ARCFACE,
    align_faces,
    apply,
    similarity,
    template,
    warp,
)
from faceaudit.faces.sources.synthetic import Synthetic
from faceaudit.types import FaceSet

angles = st.floats(-3.1, 3.1)
scales = st.floats(0.05, 20)
shifts = st.floats(-500, 500)
seeds = st.integers(0, 2**32 - 1)


def matrix(angle: float, scale: float, x: float, y: float) -> np.ndarray:
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[c, -s, x], [s, c, y]])


def least_squares(points: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """Solve the same for one face as four linear unknowns."""
    x, y = points.astype(np.float64).T
    one, zero = np.ones(len(x)), np.zeros(len(x))
    rows = np.concatenate([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)])
    a, b, dx, dy = np.linalg.lstsq(rows, towards.T.ravel(), rcond=None)[0]
    return np.array([[a, -b, dx], [b, a, dy]])


@given(angles, scales, shifts, shifts)
def test_a_similarity_is_found_again(angle, scale, x, y):
    made = matrix(angle, scale, x, y)
    found = similarity(ARCFACE[None], apply(made[None], ARCFACE[None]))
    np.testing.assert_allclose(found[0], made, rtol=1e-7, atol=1e-7)


@given(seeds, angles, scales)
def test_it_is_the_least_squares_solution(seed, angle, scale):
    rng = np.random.default_rng(seed)
    points = apply(matrix(angle, scale, 7, 9)[None], ARCFACE[None] + rng.normal(0, 4, (3, 5, 2)))
    found = similarity(points, ARCFACE)
    expected = [least_squares(face, ARCFACE) for face in points]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


@given(seeds, angles, scales, shifts)
def test_moving_the_photo_does_not_move_what_comes_out(seed, angle, scale, x):
    points = ARCFACE[None] + np.random.default_rng(seed).normal(0, 4, (1, 5, 2))
    moved = apply(matrix(angle, scale, x, -x)[None], points)
    there, again = (apply(similarity(each, ARCFACE), each) for each in (points, moved))
    np.testing.assert_allclose(again, there, atol=1e-6)


def test_faces_are_never_mirrored():
    mirrored = ARCFACE[None] * [-1, 1]
    found = similarity(mirrored, ARCFACE)[0, :, :2]
    assert np.linalg.det(found) > 0


@pytest.mark.parametrize(
    "points",
    [np.ones((1, 5, 2)), np.full((1, 5, 2), np.nan), np.zeros((5, 2)), np.zeros((1, 4, 2))],
)
def test_points_without_a_similarity_are_refused(points):
    with pytest.raises(InputError, match="expected"):
        similarity(points, ARCFACE)


def test_the_template_at_the_sizes_of_the_field():
    np.testing.assert_array_equal(template((112, 112)), ARCFACE)
    np.testing.assert_allclose(template((112, 96)), ARCFACE - [8, 0])
    # A pixel of half the size covers two: its centre lies half an old pixel further in.
    np.testing.assert_allclose(template((56, 56)), (ARCFACE - 0.5) / 2)
    np.testing.assert_allclose(template((224, 192)), (template((112, 96)) + 0.5) * 2 - 0.5)


@pytest.mark.parametrize("size", [(112, 96), (55, 47), (90, 160), (160, 90), (152, 152)])
def test_every_size_shows_the_same_face_undistorted_and_whole(size):
    points = template(size)
    # Coincides with the 112 x 96 picture's middle, and fits in as large as it may be.
    middle = (points + 0.5 - np.array([size[1], size[0]]) / 2).T
    wanted = (template((112, 96)) + 0.5 - [48, 56]).T
    scale = np.linalg.norm(middle) / np.linalg.norm(wanted)
    np.testing.assert_allclose(middle, wanted * scale, atol=1e-9)
    assert scale == pytest.approx(min(size[0] / 112, size[1] / 96))


def test_warping_moves_pixels_by_the_matrix():
    image = np.zeros((2, 40, 50, 3), dtype=np.uint8)
    image[:, 10, 20] = 200
    moves = np.stack([matrix(0, 1, 3, -4), matrix(np.pi / 2, 1, 39, 0)])
    out = warp(image, moves, (40, 50))
    assert out[0, 6, 23].tolist() == [200] * 3
    assert out[1, 20, 29].tolist() == [200] * 3
    assert out.sum() == image.sum()


def test_shrinking_much_averages_and_keeps_places():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (800, 600, 3), dtype=np.uint8)
    image[200:400, 150:450] = 255
    small = warp(image[None], matrix(0, 0.1, -0.45, -0.45)[None], (80, 60))[0]
    blocks = image.reshape(80, 10, 60, 10, 3).mean((1, 3))
    assert np.abs(small - blocks).max() <= 1
    # Noise is averaged away, where linear interpolation alone keeps all of it.
    plain = cv2.warpAffine(image, matrix(0, 0.1, -0.45, -0.45), (60, 80))
    assert small[:20].std() < 0.2 * plain[:20].std()


def test_a_little_shrinking_is_plain_linear_interpolation():
    image = np.random.default_rng(0).integers(0, 256, (250, 250, 3), dtype=np.uint8)
    move = matrix(0.1, 0.8, -30, -40)
    expected = cv2.warpAffine(image, move, (112, 112))
    np.testing.assert_array_equal(warp(image[None], move[None], (112, 112))[0], expected)


@pytest.fixture(scope="module")
def people(tmp_path_factory) -> FaceSet:
    made = Synthetic(people=3, photos=4, sessions=2)
    return made.load((96, 96), cache=tmp_path_factory.mktemp("cache")).faces


def test_faces_with_landmarks_are_aligned_at_once(people):
    aligned = align_faces(people, (112, 96))
    assert aligned.size == (112, 96)
    assert (aligned.ids, aligned.names) == (people.ids, people.names)
    assert set(aligned.attributes) == set(people.attributes)
    assert aligned.fingerprint != people.fingerprint
    for image, points, moved, out in zip(
        people.images, people.landmarks, aligned.landmarks, aligned.images, strict=True
    ):
        move = least_squares(points, ARCFACE - [8, 0])
        np.testing.assert_allclose(moved, apply(move[None], points[None])[0], atol=1e-3)
        expected = cv2.warpAffine(image, move, (96, 112)).astype(int)
        assert np.abs(out - expected).max() <= 1
    assert np.abs(aligned.landmarks - (ARCFACE - [8, 0])).mean() < 4


def test_faces_without_landmarks_are_refused_by_id(people):
    points = people.landmarks.copy()
    points[5] = np.nan
    known = {
        "images": people.images,
        "identity": people.identity,
        "names": people.names,
        "ids": people.ids,
        "group": people.group,
    }
    with pytest.raises(InputError, match="got none of p0001/s00/0001 and 0 more"):
        align_faces(FaceSet(**known, landmarks=points), (112, 112))
    with pytest.raises(InputError, match="expected faces with landmarks"):
        align_faces(FaceSet(**known), (112, 112))
