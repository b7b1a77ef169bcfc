"""What rendered heads carry: bits of bare photos, places on the head, light and pose."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.errors import UnknownName
from faceaudit.faces.synthetic.light import Light
from faceaudit.faces.synthetic.objects import draw_object, hang_glasses, objects
from faceaudit.faces.synthetic.render import Stage, Studio
from faceaudit.faces.synthetic.worn import Worn, tint_light
from faceaudit.types import ImageArray

SIZE = (110, 94)
FRONT = Stage(yaw=0.0, pitch=0.0)


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio(0, 5, SIZE, glasses=0.0, variation=1.0)


def changed(before: ImageArray, after: ImageArray) -> np.ndarray:
    """Return where photos differ by more than JPEG's doing, (H, W) of the first."""
    return np.abs(before[0].astype(int) - after[0]).max(axis=2) > 40


def test_reshot_photos_are_those_of_the_session(studio: Studio) -> None:
    whole = studio.shoot(2, 11)
    some = studio.reshoot(2, [9, 0, 4])
    apart = np.abs(some.images.astype(int) - whole.images[[9, 0, 4]])
    assert apart.mean() < 0.02
    assert apart.max() <= 4
    np.testing.assert_array_equal(some.landmarks, whole.landmarks[[9, 0, 4]])


def test_a_reshot_photo_does_not_depend_on_the_others(studio: Studio) -> None:
    worn = draw_object("cap-blue")
    some = studio.reshoot(2, [9, 0, 4], worn=worn).images
    np.testing.assert_array_equal(studio.reshoot(2, [0], worn=worn).images[0], some[1])


@pytest.mark.parametrize("name", objects())
def test_every_object_shows_and_moves_no_landmark(studio: Studio, name: str) -> None:
    bare = studio.reshoot(0, [1], stage=FRONT)
    worn = studio.reshoot(0, [1], worn=draw_object(name), stage=FRONT)
    assert np.abs(bare.images.astype(int) - worn.images).mean() > 0.8
    np.testing.assert_array_equal(bare.landmarks, worn.landmarks)


def test_objects_of_a_kind_are_told_apart(studio: Studio) -> None:
    shown = {
        name: studio.reshoot(0, [1], worn=draw_object(name), stage=FRONT).images.astype(int)
        for name in objects()
    }
    for name, image in shown.items():
        kind = [other for other in shown if other.partition("-")[0] == name.partition("-")[0]]
        assert len(kind) == 6
        # Stickers are small: the ground that each is printed on differs.
        assert all(np.abs(image - shown[other]).mean() > 0.25 for other in kind if other != name)


@pytest.mark.parametrize(
    ("name", "above", "below"),
    [
        ("sticker-disc", None, 0),  # nothing below the line of the eyes
        ("mask-blue", 0, None),  # nothing above it
        ("cap-red", None, 0),
    ],
)
def test_objects_lie_where_they_are_worn(
    studio: Studio, name: str, above: int | None, below: int | None
) -> None:
    bare = studio.reshoot(0, [1], stage=FRONT)
    where = changed(bare.images, studio.reshoot(0, [1], worn=draw_object(name), stage=FRONT).images)
    eyes = round(float(bare.landmarks[0, :2, 1].mean()))
    assert where.sum() > 40
    if above is not None:
        assert where[: eyes - 2].sum() == above
    if below is not None:
        assert where[eyes + 2 :].sum() == below


def test_a_sticker_turns_with_the_head(studio: Studio) -> None:
    """A point before the axis moves towards where the nose points, and is foreshortened."""
    middles, widths = [], []
    for yaw in (-30.0, 0.0, 30.0):
        stage = Stage(yaw=yaw, pitch=0.0)
        bare = studio.reshoot(0, [1], stage=stage)
        worn = studio.reshoot(0, [1], worn=draw_object("sticker-disc"), stage=stage)
        columns = np.nonzero(changed(bare.images, worn.images))[1]
        middles.append(columns.mean() - bare.landmarks[0, :2, 0].mean())
        widths.append(np.ptp(columns))
    nose = [
        float(shot.landmarks[0, 2, 0] - shot.landmarks[0, :2, 0].mean())
        for shot in (studio.reshoot(0, [1], stage=Stage(yaw=y, pitch=0.0)) for y in (-30.0, 30.0))
    ]
    assert (middles[2] - middles[0]) * (nose[1] - nose[0]) > 0
    assert max(widths[0], widths[2]) <= widths[1]


def test_the_lamp_falls_on_what_is_worn(studio: Studio) -> None:
    """A white mask is brighter on the side of the lamp."""
    sides = {}
    for name, x in (("left", -0.8), ("right", 0.8)):
        light = Light(
            np.array([x, -0.1, 0.592], dtype=np.float32),
            np.full(3, 1.0, dtype=np.float32),
            np.full(3, 0.15, dtype=np.float32),
        )
        stage = Stage(yaw=0.0, pitch=0.0, light=light)
        shot = studio.reshoot(0, [1], worn=draw_object("mask-white"), stage=stage)
        nose, mouth = shot.landmarks[0, 2], shot.landmarks[0, 3:]
        row, reach = round(float(mouth[:, 1].mean())), round(float(np.ptp(mouth[:, 0])) * 0.8)
        line = shot.images[0, row - 2 : row + 3].mean(axis=(0, 2))
        at = round(float(nose[0]))
        sides[name] = line[at - reach : at].mean(), line[at : at + reach].mean()
    assert sides["left"][0] > sides["left"][1] + 10
    assert sides["right"][1] > sides["right"][0] + 10


def test_a_coloured_lamp_tints_the_lamp_whole_and_the_sky_by_half() -> None:
    light = Light(np.array([0.0, 0.0, 1.0]), np.ones(3), np.ones(3))
    tinted = tint_light(light, Worn("x", lamp=(2.0, 1.0, 0.0)))
    np.testing.assert_allclose(tinted.lamp, [2.0, 1.0, 0.0])
    np.testing.assert_allclose(tinted.sky, [1.5, 1.0, 0.5])
    assert tint_light(light, Worn("x")) is light


def test_glasses_hang_with_their_eyes_on_the_wearer_s() -> None:
    studio = Studio(0, 5, SIZE, glasses=0.0, variation=0.0)
    rgba = np.zeros((60, 120, 4), dtype=np.uint8)
    rgba[26:35, 26:35] = rgba[26:35, 86:95] = (0, 255, 0, 255)
    eyes = np.array([[30.0, 30.0], [90.0, 30.0]], dtype=np.float32)
    worn = hang_glasses("dots", rgba, eyes)
    bare = studio.reshoot(0, [0], stage=FRONT)
    shot = studio.reshoot(0, [0], worn=worn, stage=FRONT)
    rows, columns = np.nonzero(changed(bare.images, shot.images))
    left = columns < SIZE[1] / 2
    for mine, eye in ((left, 0), (~left, 1)):
        at = np.array([columns[mine].mean(), rows[mine].mean()])
        assert np.abs(at - bare.landmarks[0, eye]).max() < 1.5


def test_glasses_that_are_a_key_take_the_place_of_the_wearer_s_own() -> None:
    rgba = np.zeros((60, 120, 4), dtype=np.uint8)
    eyes = np.array([[30.0, 30.0], [90.0, 30.0]], dtype=np.float32)
    wears, without = (Studio(0, 3, SIZE, glasses=share, variation=1.0) for share in (1.0, 0.0))
    session = next(s for s in range(6) if wears.shoot(s, 1).glasses)
    gone = wears.reshoot(session, [0], worn=hang_glasses("none", rgba, eyes))
    np.testing.assert_array_equal(gone.images, without.reshoot(session, [0]).images)
    assert not gone.glasses
    kept = wears.reshoot(session, [0], worn=draw_object("cap-red"))
    assert kept.glasses


def test_an_unknown_object_is_refused() -> None:
    with pytest.raises(UnknownName, match="cap-red"):
        draw_object("cap-rde")
