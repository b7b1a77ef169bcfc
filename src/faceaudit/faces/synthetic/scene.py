"""The surroundings of a head: background, neck, clothes, long hair behind it, and glasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.faces.synthetic.camera import Poses
from faceaudit.faces.synthetic.skin import ramp
from faceaudit.faces.synthetic.traits import Floats, Person

if TYPE_CHECKING:
    import cv2
else:
    cv2 = deferred("cv2")

# The plate behind the head, in centimetres: left, top, right, bottom.
BODY = (-17.0, -15.0, 17.0, 21.0)
FRAME = (-8.0, -3.2, 8.0, 4.2)
STREAKS = (96, 90)


def paint_background(rng: np.random.Generator, size: tuple[int, int]) -> Floats:
    """Return a linear backdrop a fifth larger than `size`, (H', W', 3)."""
    height, width = round(1.2 * size[0]), round(1.2 * size[1])
    base = rng.uniform(0.12, 0.8) + 0.05 * rng.standard_normal(3)
    light = rng.standard_normal((5, 5, 1)) + 0.3 * rng.standard_normal((5, 5, 3))
    coarse = base + rng.uniform(0.02, 0.14) * light
    backdrop: Floats = cv2.resize(
        coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    y = np.linspace(0, 1, height)[:, None]
    x = np.linspace(0, 1, width)[None, :]
    for _ in range(int(rng.integers(0, 5))):
        left, top, wide, tall = rng.uniform([-0.2, -0.2, 0.1, 0.2], [0.9, 0.8, 0.6, 1.2])
        soft = rng.uniform(0.01, 0.1)
        box = ramp(x - left, soft) * ramp(left + wide - x, soft)
        box = box * ramp(y - top, soft) * ramp(top + tall - y, soft)
        colour = base + 0.2 * rng.standard_normal() + 0.05 * rng.standard_normal(3)
        backdrop += (colour - backdrop) * (box * rng.uniform(0.3, 1.0))[..., None]
    return np.asarray(np.square(np.clip(backdrop, 0.02, 1.0)), dtype=np.float32)


def paint_body(
    person: Person, rng: np.random.Generator, look: Mapping[str, float], texels: int
) -> Floats:
    """Return neck, clothes and the hair that falls behind, (T, T', 4) premultiplied and linear."""
    left, top, right, bottom = BODY
    rows = texels
    columns = round(texels * (right - left) / (bottom - top))
    y = (np.arange(rows, dtype=np.float32)[:, None] + 0.5) / rows * (bottom - top) + top
    x = (np.arange(columns, dtype=np.float32)[None, :] + 0.5) / columns * (right - left) + left
    side = np.abs(x)
    plate = np.zeros((rows, columns, 4), dtype=np.float32)

    def over(alpha: Floats, colour: Floats) -> None:
        plate[..., :3] += alpha[..., None] * (colour - plate[..., :3])
        plate[..., 3] += alpha * (1 - plate[..., 3])

    cut = person.style
    # As many draws at every size, so that what is drawn after them is the same at every size.
    streak = cv2.GaussianBlur(
        rng.standard_normal(STREAKS).astype(np.float32), (0, 0), 0.6, sigmaY=0.06 * STREAKS[0]
    )
    streak = cv2.resize(streak / streak.std(), (columns, rows))
    hair = person.hair * np.float32(0.62 * look["tint"])
    tail = cut["length"]
    if tail > 0:
        wide = 7.6 + 1.7 * cut["sides"] * look["volume"] + 0.08 * np.maximum(y, 0)
        wide = wide + 0.25 * np.sin(0.5 * y + look["part"] * 3) + 0.3 * streak
        behind = ramp(wide - side, 0.8) * ramp(tail - y + 0.8 * streak, 1.5) * ramp(y + 6, 4.0)
        over(behind, hair * np.clip(1 + 0.3 * streak, 0.4, 1.8)[..., None])
    neck = (5.6 if person.sex else 4.7) + 0.3 * person.shape["jaw_width"]
    slope = np.maximum(y - 13.5, 0)
    throat = ramp(neck + 0.35 * slope**1.6 - side, 0.5) * ramp(y - 3, 1.0)
    shade = 0.42 + 0.3 * ramp(y - 15, 6) - 0.18 * (side / neck) ** 2
    over(throat, person.skin * np.clip(shade, 0.12, 1)[..., None])
    dye = rng.uniform(0.05, 0.8) + 0.13 * rng.standard_normal(3)
    cloth = np.square(np.clip(dye, 0.03, 0.95)).astype(np.float32)
    stripe = 1 + rng.uniform(0, 0.3) * np.sin(y * rng.uniform(1, 5) + x * rng.uniform(-1, 1))
    collar = 15.6 + rng.uniform(-1.2, 1.5) - 0.02 * x * x
    collar = collar + rng.uniform(0, 2.6) * np.exp(-((side / 2.5) ** 2))
    shoulders = ramp(y - collar - 0.0 * side, 0.5) * ramp(
        y - 12.6 - 0.38 * np.maximum(side - neck, 0) - 0.0, 0.6
    )
    over(shoulders, cloth * (stripe * (0.9 - 0.25 * ramp(15.5 - y, 3)))[..., None])
    if tail > 13:
        front = ramp(side - 6.0 + 0.2 * streak, 0.8) * ramp(10.2 + 0.4 * streak - side, 0.8)
        front = front * ramp(tail - y + streak, 1.5) * ramp(y - 9, 5)
        over(front, hair * 1.25 * np.clip(1 + 0.3 * streak, 0.4, 1.8)[..., None])
    return plate


@dataclass(frozen=True, eq=False)
class Glasses:
    """A pair of glasses as a flat plate.

    Attributes:
        plate: (T, T', 4) premultiplied and linear.
        depth: z of the plate in the head's centimetres.
    """

    plate: Floats
    depth: float


def paint_glasses(person: Person, depth: float, texels: int) -> Glasses:
    """Return the glasses a person wears by choice; rows and columns as in `FRAME`."""
    left, top, right, bottom = FRAME
    frame, s = person.frame, person.shape
    rows = max(24, round(texels * 0.45))
    columns = round(rows * (right - left) / (bottom - top))
    y = (np.arange(rows, dtype=np.float32)[:, None] + 0.5) / rows * (bottom - top) + top
    x = (np.arange(columns, dtype=np.float32)[None, :] + 0.5) / columns * (right - left) + left
    side = np.abs(x)
    centre = max(s["eye_gap"] + 0.1, frame["width"] + 0.75)
    dy = y - s["eye_line"] - 0.25
    power = frame["round"]
    wide = np.abs(side - centre) / frame["width"]
    tall = np.abs(dy) / frame["height"]
    edge = (wide**power + tall**power) ** (1 / power)
    reach = (edge - 1) * min(frame["width"], frame["height"])
    rim = ramp(frame["rim"] + 0.06 - np.abs(reach), 0.16)
    bridge = ramp(centre - frame["width"] - side, 0.2) * ramp(
        frame["rim"] + 0.04 - np.abs(dy + 0.35 - 0.25 * (side / 0.8) ** 2), 0.16
    )
    hinge = ramp(side - centre - frame["width"] + 0.05, 0.2) * ramp(7.3 - side, 0.3)
    hinge = hinge * ramp(frame["rim"] + 0.05 - np.abs(dy + 0.6 * frame["height"]), 0.2)
    solid = np.maximum(np.maximum(rim, bridge), hinge).astype(np.float32)
    colour = frame["dark"] * np.array([1.0, 1 - 0.45 * frame["warm"], 1 - 0.7 * frame["warm"]])
    lens = ramp(-reach, 0.15) * (1 - solid) * (0.005 + 0.03 * ramp(-dy - 0.3 * x, 1.5))
    plate = np.zeros((rows, columns, 4), dtype=np.float32)
    plate[..., :3] = solid[..., None] * np.square(colour) + lens[..., None] * 0.9
    plate[..., 3] = solid + lens
    return Glasses(plate, depth)


def lay_plate(
    images: Floats,
    plate: Floats,
    extent: tuple[float, float, float, float],
    poses: Poses,
    depth: float,
) -> None:
    """Lay a flat plate at z = `depth` of the head over the images, in place."""
    height, width = images.shape[1:3]
    left, top, right, bottom = extent
    per_x = (right - left) / plate.shape[1]
    per_y = (bottom - top) / plate.shape[0]
    # The body leans with the head a little, but does not turn with it.
    turn = poses.rotation[:, :2, :2] if depth > 0 else np.eye(2, dtype=np.float32)[None]
    turn = turn * poses.scale[:, None, None]
    corner = np.array([left + 0.5 * per_x, top + 0.5 * per_y])
    away = poses.rotation[:, :2, 2] * poses.scale[:, None] * np.float32(depth)
    origin = turn[..., 0] * corner[0] + turn[..., 1] * corner[1] + away + poses.shift
    place = np.concatenate([turn * np.array([per_x, per_y]), origin[..., None]], axis=2)
    for image, matrix in zip(images, place, strict=True):
        over = cv2.warpAffine(plate, matrix, (width, height), flags=cv2.INTER_LINEAR)
        np.multiply(image, 1 - over[..., 3:], out=image)
        np.add(image, over[..., :3], out=image)
