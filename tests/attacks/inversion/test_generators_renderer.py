from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceaudit.attacks.inversion.generators import LatentSpace, generators
from faceaudit.attacks.inversion.generators.renderer import (
    FARTHEST,
    MEASURE,
    SITTING,
    Framing,
    person_of,
)
from faceaudit.faces.alignment.common.similarity import template
from faceaudit.faces.sources.base import sources
from faceaudit.faces.synthetic.traits import SHAPE, draw_person
from faceaudit.types import FaceSet, Float64Array

SIZE = (64, 64)
SEX = len(SHAPE)
"""The latent of the sex-typed shape; measures come before."""


@pytest.fixture(scope="module")
def space() -> LatentSpace:
    return generators.build("renderer").space(None, SIZE, np.random.default_rng(0))


def with_landmarks(points: Float64Array, size: tuple[int, int] = SIZE) -> FaceSet:
    count = len(points)
    return FaceSet(
        images=np.zeros((count, *size, 3), np.uint8),
        identity=np.zeros(count, np.int64),
        names=("somebody",),
        ids=tuple(map(str, range(count))),
        group=np.arange(count),
        landmarks=points.astype(np.float32),
    )


def test_every_latent_changes_the_picture_of_somebody(space: LatentSpace) -> None:
    faces = space.draw(6, np.random.default_rng(2))
    before = space.images(faces)
    # Without landmarks to learn from, faces are always in the same place: the last four are idle.
    for latent in range(space.dimensions - 4):
        moved = faces.copy()
        moved[:, latent] = np.where(moved[:, latent] > 0, -1.5, 1.5)
        assert (space.images(moved) != before).any(), latent
    moved = faces.copy()
    moved[:, -4:] = 1.5
    np.testing.assert_array_equal(space.images(moved), before)


def test_latents_are_clipped_to_where_people_come_from(space: LatentSpace) -> None:
    far = np.sign(space.draw(3, np.random.default_rng(4))).astype(np.float64) * 9
    near = np.clip(far, -FARTHEST, FARTHEST)
    near[:, :SEX] = np.clip(far[:, :SEX], -MEASURE, MEASURE)
    near[:, SEX] = far[:, SEX]
    np.testing.assert_array_equal(space.images(far), space.images(near))


def test_people_are_as_the_sources_are(space: LatentSpace) -> None:
    drawn = space.draw(400, np.random.default_rng(5)).astype(np.float64)
    cuts = np.cumsum([SEX, 1, space.dimensions - SEX - 1 - SITTING])
    made = [person_of(*np.split(row, cuts)[:3]) for row in drawn]
    known = [draw_person(1, number, glasses=0.0) for number in range(400)]
    for name in ("brow_ridge", "jaw_width", "nose_length", "age", "mouth_line"):
        one, two = ([person.shape[name] for person in people] for people in (made, known))
        error = np.hypot(np.std(one), np.std(two)) / 20
        assert abs(np.mean(one) - np.mean(two)) < 4 * error, name
        assert 0.8 < np.std(one) / np.std(two) < 1.25, name
    for attribute in ("sex", "age_group", "skin_tone", "beard"):
        one, two = (
            np.bincount([getattr(person, attribute) for person in people], minlength=6) / 400
            for people in (made, known)
        )
        assert np.abs(one - two).max() < 0.13, attribute


def test_eyes_are_where_the_landmarks_say() -> None:
    points = template(SIZE) + np.array([3.0, -2.0])
    framed = with_landmarks(np.repeat(points[None], 5, axis=0))
    space = generators.build("renderer").space(framed, SIZE, np.random.default_rng(0))
    drawn = space.draw(20, np.random.default_rng(6))
    drawn[:, -SITTING:] = 0  # looks straight ahead, in the usual light
    grey = space.images(drawn).mean(axis=(0, 3))
    for x, y in points[:2].round().astype(int):
        brow_free = grey[y - 1 : y + 2, x - 1 : x + 2].min()
        cheek = grey[y + 7 : y + 9, x - 1 : x + 2].mean()
        assert brow_free < cheek - 25
    # Symmetric about the middle between the eyes, which is not that of the picture.
    axis = 2 * float(points[:2, 0].mean())
    columns = np.arange(16, 32)
    mirrored = (axis - columns).round().astype(int)
    rows = slice(20, 52)
    apart = np.abs(grey[rows, columns] - grey[rows, mirrored]).mean()
    assert apart < 0.5 * np.abs(grey[rows, columns] - grey[rows, mirrored - 6]).mean()


def test_a_framing_is_learned_from_landmarks() -> None:
    rng = np.random.default_rng(0)
    spreads = np.array([0.05, 0.08, 2.0, 1.0])
    z = rng.standard_normal((400, 4)) * spreads
    usual = template(SIZE)
    centre = usual.mean(axis=0)
    scale, lean = np.exp(z[:, 0]), z[:, 1]
    turn = scale[:, None, None] * np.moveaxis(
        np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]]), -1, 0
    )
    points = np.einsum("nij,kj->nki", turn, usual - centre) + centre + z[:, None, 2:]
    points[7] = np.nan  # a photo of which no landmarks are known
    framing = Framing.of(with_landmarks(points), SIZE)
    np.testing.assert_allclose(framing._spreads, spreads, rtol=0.15)
    np.testing.assert_allclose(framing._landmarks, usual, atol=0.5)


@pytest.mark.parametrize(
    "z", [[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1], [1, -1, 2, 0]]
)
def test_a_face_is_placed_off_the_usual_place_by_spreads(z: list[float]) -> None:
    spreads = np.array([0.1, 0.2, 3.0, 4.0])
    usual = template(SIZE)
    head = (usual - 30) / 7  # as if in centimetres, and exactly alike
    matrix = Framing(usual, spreads).place(np.array(z, dtype=float))(head)
    placed = head @ matrix[:, :2].T + matrix[:, 2]
    centre = usual.mean(axis=0)
    np.testing.assert_allclose(
        placed.mean(axis=0) - centre, np.array(z[2:]) * spreads[2:], atol=1e-9
    )
    eyes, were = placed[1] - placed[0], usual[1] - usual[0]
    assert np.linalg.norm(eyes) / np.linalg.norm(were) == pytest.approx(np.exp(0.1 * z[0]))
    turned = np.arctan2(eyes[1], eyes[0]) - np.arctan2(were[1], were[0])
    assert turned == pytest.approx(0.2 * z[1])


def test_rendered_photos_and_latents_show_the_same_kind_of_picture(tmp_path: Path) -> None:
    source = sources.build({"source": "synthetic", "people": 40, "photos": 2, "sessions": 2})
    faces = source.load(SIZE, cache=tmp_path).faces
    space = generators.build("renderer").space(faces, SIZE, np.random.default_rng(0))
    shown = space.images(space.draw(80, np.random.default_rng(8))).astype(float)
    middle = (slice(None), slice(16, 52), slice(16, 48))
    known = faces.images.astype(float)
    one, two = shown[middle].mean(axis=(0, 3)), known[middle].mean(axis=(0, 3))
    assert np.corrcoef(one.ravel(), two.ravel())[0, 1] > 0.9
    assert abs(one.mean() - two.mean()) < 25
