"""Portraits of people whose traits are given, one picture each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from faceaudit.faces.synthetic.bust import landmark_points, make_bust
from faceaudit.faces.synthetic.camera import Poses, project, rotations
from faceaudit.faces.synthetic.features import Expressions
from faceaudit.faces.synthetic.head import build_head, texels
from faceaudit.faces.synthetic.light import Canvas, Light
from faceaudit.faces.synthetic.scene import BODY, lay_plate, paint_body
from faceaudit.faces.synthetic.skin import Fields, draw_fields, paint_skin
from faceaudit.faces.synthetic.traits import Floats, Person, stream
from faceaudit.types import ImageArray

Place = Callable[[Floats], Floats]
"""From where landmarks (5, 2) are in centimetres to turn, scale and shift (2, 3) to pixels."""


@dataclass(frozen=True)
class Sitting:
    """Everything of a portrait that is not the person.

    Attributes:
        volume, line, part, tint: what a day changes about the hair; see `paint_hair`.
        light: the lamp and the sky.
        exposure: 1 is usual.
        yaw, pitch: of the head, in degrees.
        smile: -0.4 to 1.1.
        lids: share of the open eye's height, 0.12 to 1.2.
        brows: how far they are raised, in centimetres.
        background: linear grey, 0 to 1.
    """

    volume: float
    line: float
    part: float
    tint: float
    light: Light
    exposure: float
    yaw: float
    pitch: float
    smile: float
    lids: float
    brows: float
    background: float


class Portraits:
    """Portraits of one size.

    Nothing is drawn: the same traits give the same picture. Mouths are closed, nobody wears
    glasses, and the camera neither blurs nor adds noise.

    Args:
        size: height and width of the pictures.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self._texels = texels(size)
        self._canvas = Canvas(1, self._texels)
        self._fields: dict[tuple[int, ...], Fields] = {}

    def shoot(self, person: Person, sitting: Sitting, place: Place) -> ImageArray:
        """Return one picture (H, W, 3).

        Args:
            person: whom it shows.
            sitting: how.
            place: where the head comes to.
        """
        head = build_head(person, self._texels, opens=False)
        if person.seed not in self._fields:
            self._fields[person.seed] = draw_fields(person, self._texels)
        fields = self._fields[person.seed]
        look = {name: getattr(sitting, name) for name in ("volume", "line", "part", "tint")}
        bust = make_bust(person, head, fields, paint_skin(person, head, fields), look)
        faces = Expressions(
            smile=_one(sitting.smile),
            opening=_one(0.0),
            lids=_one(sitting.lids),
            brows=_one(sitting.brows),
            gaze=np.zeros((1, 2), dtype=np.float32),
        )
        rotation = rotations(
            _one(np.radians(sitting.yaw)), _one(np.radians(sitting.pitch)), _one(0)
        )
        poses = _placed(rotation, landmark_points(person, head, faces), place)
        face, coverage = bust.photograph(self._canvas, faces, poses, sitting.light, self.size)
        image = np.full_like(face, sitting.background)
        # Half as fine as the picture: neck and clothes have no detail, and are painted each time.
        body = paint_body(person, stream(0), look, round(0.65 * max(self.size)))
        lit = sitting.light.lamp * np.float32(0.7) + sitting.light.sky
        lay_plate(image, body * np.append(lit, np.float32(1)), BODY, poses, -2.0)
        image += coverage[..., None] * (face - image)
        metered = (0.28 / float(person.skin.mean())) ** 0.22
        image *= np.float32(1.25 * metered * sitting.exposure)
        np.sqrt(np.maximum(image, 0, out=image), out=image)
        return np.asarray(np.clip(255 * image[0] + 0.5, 0, 255).astype(np.uint8))


def _placed(rotation: Floats, points: Floats, place: Place) -> Poses:
    """Return the pose of a turned head (1, 3, 3) whose landmarks (1, 5, 3) are placed."""
    zero = Poses(rotation, _one(1), np.zeros((1, 2), dtype=np.float32))
    matrix = place(project(points, zero)[0])
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    lean = np.eye(3)
    lean[:2, :2] = matrix[:, :2] / scale
    return Poses(
        (lean @ rotation[0]).astype(np.float32)[None],
        _one(scale),
        matrix[:, 2].astype(np.float32)[None],
    )


def _one(value: float) -> Floats:
    return np.array([value], dtype=np.float32)
