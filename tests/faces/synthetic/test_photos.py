from __future__ import annotations

import cv2
import numpy as np
import pytest

from faceaudit.faces.synthetic.render import Studio
from faceaudit.faces.synthetic.traits import BEARDS, SKIN, Person, draw_person


def studio(person: int, size: tuple[int, int] = (112, 112), **options: float) -> Studio:
    return Studio(0, person, size, **{"glasses": 0.0, "variation": 1.0, **options})


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [draw_person(0, person, glasses=0.3) for person in range(300)]


def test_attributes_are_in_range_and_spread(people: list[Person]) -> None:
    assert {person.sex for person in people} == {0, 1}
    for name, kinds in (("age_group", 4), ("skin_tone", len(SKIN)), ("beard", len(BEARDS))):
        counts = np.bincount([getattr(person, name) for person in people], minlength=kinds)
        assert len(counts) == kinds
        assert counts.min() >= 8, name
    assert all(person.sex == 1 for person in people if person.beard)
    assert 0.2 < np.mean([person.glasses for person in people]) < 0.4


def test_glasses_are_worn_by_choice() -> None:
    assert not any(draw_person(0, person, glasses=0.0).glasses for person in range(20))
    shots = [studio(person, (55, 47), glasses=1.0).shoot(s, 1) for person in (0, 1) for s in (0, 1)]
    assert np.mean([shot.glasses for shot in shots]) > 0.4


def test_wearing_glasses_changes_nothing_else_of_a_look() -> None:
    with_, without = (draw_person(4, 2, glasses=share) for share in (1.0, 0.0))
    assert with_.shape == without.shape
    assert (with_.skin == without.skin).all()


def test_landmarks_scale_with_the_picture() -> None:
    small = studio(2, (56, 56)).shoot(0, 4).landmarks
    for factor in (2, 4):
        large = studio(2, (56 * factor, 56 * factor)).shoot(0, 4).landmarks
        # Pixel centres: the first pixel's is at 0, its left edge at -0.5.
        np.testing.assert_allclose((small + 0.5) * factor - 0.5, large, atol=0.02)


def test_the_same_photo_at_another_size_shows_the_same() -> None:
    large = studio(2, (224, 224)).shoot(0, 4).images
    small = studio(2, (112, 112)).shoot(0, 4).images
    for one, two in zip(large, small, strict=True):
        shrunk = cv2.resize(one, (112, 112), interpolation=cv2.INTER_AREA).astype(float)
        assert np.corrcoef(shrunk.ravel(), two.ravel())[0, 1] > 0.95


def test_eyes_are_dark_where_the_landmarks_say() -> None:
    darker = []
    for person in range(12):
        shot = studio(person).shoot(0, 6)
        for image, points in zip(shot.images, shot.landmarks, strict=True):
            grey = image.mean(axis=2)
            for eye, corner in ((0, 3), (1, 4)):
                x, y = np.round(points[eye]).astype(int)
                cheek = np.round(points[eye] + 0.45 * (points[corner] - points[eye])).astype(int)
                pupil = grey[y - 1 : y + 2, x - 1 : x + 2].mean()
                skin = grey[cheek[1] - 2 : cheek[1] + 3, cheek[0] - 2 : cheek[0] + 3].mean()
                darker.append(pupil < 0.85 * skin)
    assert np.mean(darker) > 0.9


def test_left_is_the_images_left_and_eyes_are_above_the_mouth() -> None:
    points = studio(1).shoot(0, 16).landmarks
    assert (points[:, 0, 0] < points[:, 1, 0]).all()
    assert (points[:, 3, 0] < points[:, 4, 0]).all()
    assert (points[:, :2, 1].max(1) < points[:, 2, 1]).all()
    assert (points[:, 2, 1] < points[:, 3:, 1].min(1)).all()


def test_photos_of_a_session_share_their_background() -> None:
    within, between = [], []
    for person in range(6):
        tones = []
        for session in range(4):
            corner = studio(person).shoot(session, 6).images[:, :10, :6].mean(axis=(1, 2))
            within.append(corner.var(axis=0).mean())
            tones.append(corner.mean(axis=0))
        between.append(np.var(tones, axis=0).mean())
    assert np.mean(within) < 0.25 * np.mean(between)


def test_people_differ_more_than_photos_of_one_session() -> None:
    shots = [studio(person, (55, 47)).shoot(0, 8).images.astype(float) for person in range(8)]
    within = np.mean([shot.var(axis=0).mean() for shot in shots])
    between = np.var([shot.mean(axis=0) for shot in shots], axis=0).mean()
    assert between > within


def test_without_variation_only_noise_and_place_are_left() -> None:
    calm = studio(3, variation=0.0).shoot(0, 4)
    np.testing.assert_allclose(calm.landmarks - calm.landmarks[:1], 0, atol=1e-3)
    assert calm.images.astype(float).std(axis=0).mean() < 8
