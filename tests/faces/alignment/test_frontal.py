"""Poses and frontal views, on people whose pose and frontal photo are known.

`pytest -s` prints the figures. The heads are of the renderer whose average the generic head is, so
what is found here is the best case; on photos of real people it is less.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaudit.errors import InputError
from faceaudit.faces.alignment.common.frontal import frontalise
from faceaudit.faces.alignment.common.generic_head import frontal, landmarks
from faceaudit.faces.alignment.common.pose import fit_poses
from faceaudit.faces.alignment.common.similarity import ARCFACE, apply, similarity, template, warp
from faceaudit.faces.synthetic.camera import rotations
from faces.alignment.posed import posed

SIZE = (152, 152)
PEOPLE = 12
YAW = (0.0, -15.0, 15.0, 30.0, -45.0, 0.0, 0.0, 20.0)
PITCH = (0.0, 0.0, 0.0, 0.0, 0.0, 12.0, -12.0, 10.0)
ROLL = (0.0, 0.0, 15.0, 0.0, -10.0, 0.0, 0.0, 5.0)
TURNED = [row for row, yaw in enumerate(YAW) if yaw]


@dataclass(frozen=True, eq=False)
class Album:
    """Photos and true landmarks of one person at the poses above."""

    images: np.ndarray
    points: np.ndarray


@pytest.fixture(scope="module")
def albums() -> list[Album]:
    return [Album(*posed(who, yaw=YAW, pitch=PITCH, roll=ROLL)) for who in range(PEOPLE)]


def in_plane(album: Album) -> tuple[np.ndarray, np.ndarray]:
    matrices = similarity(album.points, template(SIZE))
    return warp(album.images, matrices, SIZE), apply(matrices, album.points)


def apart(images: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return the mean distance in grey levels over the face's own region, one an image."""
    mask = np.zeros(SIZE, dtype=np.float64)
    cv2.ellipse(mask, (76, 88), (48, 58), 0, 0, 360, 1, -1)
    away = np.abs(images.astype(np.float64) - reference).mean(axis=-1)
    return (away * mask).sum(axis=(1, 2)) / mask.sum()


def test_the_generic_head_has_its_landmarks_on_the_template():
    view, points = frontal((112, 112)), landmarks()
    found = apply(view.to_pixels[None], points[None, :, :2])[0]
    assert np.abs(found - ARCFACE).max() < 0.5
    depth = [view.depth[round(y), round(x)] for x, y in found]
    np.testing.assert_allclose(depth, points[:, 2], atol=0.3)
    assert points[2, 2] == points[:, 2].max(), "the nose stands out"
    np.testing.assert_allclose(view.share.sum(axis=-1), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(view.normal, axis=-1), 1, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-60, 60), st.floats(-25, 25), st.floats(-170, 170), st.floats(1, 60), st.floats(0, 99)
)
def test_the_generic_heads_own_pose_is_found(yaw, pitch, roll, scale, shift):
    turn = rotations(*np.radians(np.array([[yaw], [pitch], [roll]])))[0].astype(np.float64)
    points = scale * (landmarks() @ turn[:2].T) + [shift, -shift]
    poses = fit_poses(points[None])
    # Not exact: heads are expected to face the camera, which draws every pose that way a little.
    assert np.degrees(poses.yaw[0]) == pytest.approx(yaw, abs=3 + 0.1 * abs(yaw))
    assert abs(np.degrees(poses.pitch[0])) <= abs(pitch) + 3
    assert np.degrees(poses.pitch[0]) * pitch >= -4
    assert (np.degrees(poses.roll[0]) - roll + 180) % 360 - 180 == pytest.approx(0, abs=8)
    assert poses.scale[0] == pytest.approx(scale, rel=0.12)


def test_a_pose_does_not_depend_on_who_else_is_there(albums):
    points = albums[0].points
    together, alone = fit_poses(points), fit_poses(points[3:4])
    np.testing.assert_allclose(together.yaw[3], alone.yaw[0], atol=1e-6)


def test_yaw_is_close_to_the_truth(albums):
    found = np.degrees([fit_poses(album.points).yaw for album in albums])
    error = np.abs(found - YAW)
    print(f"\nyaw, median error in degrees by pose: {np.median(error, axis=0).round(1).tolist()}")  # noqa: T201
    pitch = np.degrees([fit_poses(album.points).pitch for album in albums])
    off = np.median(np.abs(pitch - PITCH), axis=0).round(1).tolist()
    print(f"pitch, the same: {off}")  # noqa: T201
    print(f"yaw, median and largest of all: {np.median(error):.1f}, {error.max():.1f}")  # noqa: T201
    assert np.median(error) < 2.5
    assert np.median(error[:, TURNED]) < 3
    assert error.max() < 12


@pytest.mark.parametrize("symmetry", [False, True])
def test_a_turned_face_comes_closer_to_the_same_persons_frontal_photo(albums, symmetry):
    flat, turned, flat_points, turned_points = [], [], [], []
    for album in albums:
        images, points = in_plane(album)
        out, moved = frontalise(album.images, album.points, SIZE, symmetry=symmetry)
        flat.append(apart(images, images[:1]))
        turned.append(apart(out, images[:1]))
        flat_points.append(np.linalg.norm(points - points[:1], axis=-1).mean(axis=1))
        turned_points.append(np.linalg.norm(moved - points[:1], axis=-1).mean(axis=1))
    flat, turned = np.array(flat), np.array(turned)
    print(f"\ngrey levels to the frontal photo, symmetry {symmetry}:")  # noqa: T201
    print(f"  in the plane {flat.mean(axis=0).round(1).tolist()}")  # noqa: T201
    print(f"  turned       {turned.mean(axis=0).round(1).tolist()}")  # noqa: T201
    print(f"landmarks, pixels: {np.mean(flat_points, axis=0).round(1).tolist()}")  # noqa: T201
    print(f"  turned           {np.mean(turned_points, axis=0).round(1).tolist()}")  # noqa: T201
    assert (turned[:, TURNED] < flat[:, TURNED]).mean() > 0.9
    assert turned[:, TURNED].mean() < 0.85 * flat[:, TURNED].mean()
    assert (
        np.mean(turned_points, axis=0)[TURNED].max() < 0.8 * np.mean(flat_points, 0)[TURNED].max()
    )
    # What needed no turning is hardly changed: less than by 15 degrees of yaw.
    assert turned[:, 0].mean() < 0.6 * flat[:, 1].mean()


def test_what_was_hidden_is_taken_from_the_other_side(albums):
    """Seen 45 degrees from the side, half the nose and the far cheek are not in the photo."""
    errors = {
        symmetry: np.mean(
            [
                apart(
                    frontalise(album.images[4:5], album.points[4:5], SIZE, symmetry=symmetry)[0],
                    in_plane(album)[0][:1],
                )
                for album in albums
            ]
        )
        for symmetry in (False, True)
    }
    assert errors[True] < 0.95 * errors[False]


def test_a_face_of_the_generic_shape_is_put_on_the_template():
    matrix = similarity(landmarks()[None, :, :2], template(SIZE))
    points = apply(matrix, landmarks()[None, :, :2]).astype(np.float32)
    image = np.random.default_rng(0).integers(0, 256, (1, *SIZE, 3), dtype=np.uint8)
    image = np.stack([cv2.GaussianBlur(image[0], (0, 0), 3)])
    out, moved = frontalise(image, points, SIZE, symmetry=False)
    np.testing.assert_allclose(moved, points, atol=0.01)
    assert np.abs(out.astype(int) - image).max() <= 1


def test_a_photo_of_any_scale_gives_the_same_view(albums):
    image, points = albums[1].images[3], albums[1].points[3]
    large = cv2.resize(image, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    there, _ = frontalise(image[None], points[None], SIZE)
    again, moved = frontalise(large[None], (points[None] + 0.5) * 4 - 0.5, SIZE)
    assert np.abs(there.astype(int) - again).mean() < 3
    assert moved.shape == (1, 5, 2)


@pytest.mark.parametrize("points", [np.zeros((1, 5, 2)), np.full((1, 5, 2), np.nan)])
def test_landmarks_of_no_face_are_refused(points):
    with pytest.raises(InputError, match="expected landmarks"):
        frontalise(np.zeros((1, 9, 9, 3), dtype=np.uint8), points.astype(np.float32), SIZE)
