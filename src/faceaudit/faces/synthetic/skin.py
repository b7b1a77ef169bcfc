"""Painting that a person or session has once: skin, age marks, beard and hair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.faces.synthetic.head import Head, ear
from faceaudit.faces.synthetic.traits import Floats, Person, stream

if TYPE_CHECKING:
    import cv2
else:
    cv2 = deferred("cv2")

FIELD = (112, 96)
STUBBLE, MOUSTACHE, GOATEE, FULL = 1, 2, 3, 4


@dataclass(frozen=True, eq=False)
class Fields:
    """A person's own random textures, (V, U) each, about zero with unit spread.

    Attributes:
        smooth: slow blotches.
        fine: pores and stubble.
        strands: streaks that run down the head.
        curls: blobs the size of a lock.
    """

    smooth: Floats
    fine: Floats
    strands: Floats
    curls: Floats


def draw_fields(person: Person, shape: tuple[int, int]) -> Fields:
    """Return a person's textures on `shape` texels; the same pattern at every size."""
    rng = stream(*person.seed)
    noise = rng.standard_normal((4, *FIELD)).astype(np.float32)

    def spread(field: Floats, down: float, right: float) -> Floats:
        wide = np.asarray(cv2.GaussianBlur(field, (0, 0), right, sigmaY=down), dtype=np.float32)
        return np.asarray(cv2.resize(wide / wide.std(), shape[::-1]))

    return Fields(
        smooth=spread(noise[0], 6.0, 5.0),
        fine=cv2.resize(noise[1], shape[::-1], interpolation=cv2.INTER_LINEAR),
        strands=spread(noise[2], 7.0, 0.8),
        curls=spread(noise[3], 2.2, 2.0),
    )


def ramp(value: Floats, width: float) -> Floats:
    """Return 0 below -width/2, 1 above width/2 and a line between."""
    return np.clip(value / width + 0.5, 0, 1)


def paint_skin(person: Person, head: Head, fields: Fields) -> tuple[Floats, Floats]:
    """Return linear albedo (3, V, U) and gloss (V, U) of a shaved head without eyes and mouth."""
    s = person.shape
    x, y, z = head.points
    side = np.abs(x)
    age = s["age"]
    shade = 1 + (0.05 + 0.10 * s["mottling"]) * 0.5 * fields.smooth + 0.02 * fields.fine
    # The lower face, the sides and the lids are darker than brow, nose and cheeks.
    shade *= 1.0 - 0.05 * ramp(y - 6, 6) - 0.05 * ramp(side - 5, 3)
    lines = np.zeros_like(x)
    ageing = max(0.0, age - 0.12)
    for height in (3.2, 4.2, 5.2):
        wave = y + s["eye_line"] + height + 0.12 * np.sin(1.3 * x + height) + 0.02 * x * x
        lines += 0.30 * ageing * np.exp(-((wave / 0.16) ** 2)) * ramp(4.4 - side, 1.5)
    crow = side - s["eye_gap"] - s["eye_width"]
    for slant in (-0.5, 0.0, 0.5):
        wave = y - s["eye_line"] - slant * crow
        lines += (
            0.35
            * ageing
            * np.exp(-((wave / 0.13) ** 2))
            * ramp(crow - 0.4, 0.3)
            * ramp(1.9 - crow, 0.6)
        )
    fold = side - 1.75 - 0.38 * (y - 4.7)
    lines += (0.08 + 0.28 * age) * np.exp(-((fold / 0.22) ** 2)) * np.exp(-(((y - 6.0) / 1.5) ** 2))
    frown = np.exp(-(((side - 0.55) / 0.13) ** 2) - ((y + 1.3) / 0.7) ** 2)
    lines += 0.28 * age * frown
    bags = np.exp(
        -(((side - s["eye_gap"] + 0.2) / 1.25) ** 2) - ((y - s["eye_line"] - 1.25) / 0.42) ** 2
    )
    lines += 0.26 * max(0.0, s["eye_bags"]) * bags
    lids = np.exp(-(((side - s["eye_gap"]) / 1.5) ** 2) - ((y - s["eye_line"] + 0.55) / 0.6) ** 2)
    shade *= 1 - 0.16 * lids
    nostril = np.exp(
        -(((side - 0.55 * s["nose_width"]) / 0.36) ** 2)
        - ((y - s["nose_length"] - 0.78) / 0.22) ** 2
    )
    lines += 0.85 * nostril
    wing = np.exp(
        -(((side - 1.12 * s["nose_width"]) / 0.2) ** 2) - ((y - s["nose_length"] - 0.2) / 0.5) ** 2
    )
    lines += 0.28 * wing
    flush = np.exp(-(((side - 4.0) / 1.7) ** 2) - ((y - 3.4) / 1.6) ** 2)
    flush += 0.6 * np.exp(-((side / 1.1) ** 2) - ((y - s["nose_length"]) / 0.9) ** 2)
    red = np.clip(s["redness"], 0, 1) * 0.20 * flush
    albedo = person.skin[:, None, None] * shade
    albedo[1:] *= 1 - red
    albedo *= 1 - np.minimum(lines, 0.9) * np.array([0.75, 0.9, 0.95])[:, None, None]
    spots = max(0.0, s["freckles"]) * ramp(fields.fine - 1.0, 0.6) * ramp(5.5 - side, 2)
    albedo *= 1 - np.array([0.22, 0.36, 0.42])[:, None, None] * spots * ramp(6.5 - y, 3) * (z > 0)
    for left, top, radius, strength in person.moles:
        dot = np.exp(-(((x - left) ** 2 + (y - top) ** 2) / (2 * radius * radius))) * (z > 3)
        albedo *= 1 - strength * np.array([0.7, 0.85, 0.9])[:, None, None] * dot
    hairs = _compute_beard_cover(person, x, y, z) * (0.85 + 0.2 * fields.fine)
    hairs = np.clip(hairs, 0, 0.97)
    bristle = np.minimum(person.hair, person.skin * 0.5) * 0.9
    albedo = albedo * (1 - hairs) + bristle[:, None, None] * hairs
    gloss = np.clip(s["gloss"], 0.05, 1) * (0.5 + flush + ramp(-y - 1.5, 3)) * (1 - hairs)
    return albedo.astype(np.float32), gloss.astype(np.float32)


def _compute_beard_cover(person: Person, x: Floats, y: Floats, z: Floats) -> Floats:
    """Return how much of the skin the beard covers, 0 to 1."""
    kind = person.beard
    s = person.shape
    side = np.abs(x)
    mouth = s["mouth_line"]
    shadow = 0.10 if person.sex and kind == 0 else 0.0
    if kind == 0 and not shadow:
        return np.zeros_like(x)
    lips = ramp(1 - (side / (s["mouth_width"] + 0.1)) ** 2 - ((y - mouth - 0.1) / 0.85) ** 2, 0.3)
    top = s["nose_length"] + 1.35
    moustache = (
        ramp(y - top - 0.08 * side**2, 0.5)
        * ramp(mouth + 0.7 - y, 0.8)
        * ramp(s["mouth_width"] + 0.5 - side, 0.6)
    )
    chin = ramp(y - mouth - 1.0, 0.8) * ramp(2.7 - side, 0.8)
    bridge = ramp(y - mouth + 0.8, 0.8) * np.exp(-(((side - s["mouth_width"] - 0.4) / 0.5) ** 2))
    cheeks = ramp(y - 7.4 + 1.25 * np.maximum(side - 2.6, 0), 1.4) * ramp(side - 1.9, 1.0)
    jaw = np.maximum(cheeks * ramp(z + 0.5, 2.0), chin)
    full = np.maximum(np.maximum(moustache, jaw), 0.9 * bridge)
    cover = {
        0: full * shadow,
        STUBBLE: full * 0.38,
        MOUSTACHE: np.maximum(moustache * 0.88, full * 0.1),
        GOATEE: np.maximum(np.maximum(moustache, chin) * 0.85, bridge * 0.8),
        FULL: full * 0.9,
    }[kind]
    return np.asarray(cover * (1 - lips))


def paint_hair(
    person: Person, head: Head, fields: Fields, look: Mapping[str, float]
) -> tuple[Floats, Floats, Floats]:
    """Return hair cover (V, U), its linear albedo (3, V, U) and thickness (V, U) in centimetres.

    Args:
        person: whose hair it is.
        head: the head it grows on.
        fields: the person's textures.
        look: what the session changes: "volume", "line", "part" and "tint".
    """
    cut = person.style
    x, y, z = head.points
    side = np.abs(x)
    rough = 0.18 * fields.strands + 0.2 * cut["curl"] * fields.curls
    hairline = cut["hairline"] + look["line"] + 0.055 * x * x + rough
    hairline = hairline - cut["recession"] * np.exp(-(((side - 3.6) / 1.5) ** 2))
    if cut["fringe"] > 0:
        slope = 0.35 * (cut["part"] + look["part"])
        fringe = cut["hairline"] + 0.7 + cut["fringe"] + slope * x + 0.4 * fields.strands
        hairline = np.maximum(hairline, np.where(side < 5.4, fringe, -9))
    above = ramp(hairline - y, 0.7)
    forward = cut["forward"] + 0.8 * look["line"] + 0.4 * fields.strands
    temple = forward - 1.3 * ramp(-y - 1, 4)
    sides = ramp(temple - z, 0.9) * ramp(cut["low"] - y + rough, 1.2) * ramp(side - 4.2, 1.2)
    if cut["length"] == 0:
        sides = sides * (1 - ramp(ear(y, z) - 0.35, 0.3))
    cover = np.maximum(above, sides) * cut["cover"]
    top = cut["top"] * ramp(-y - 5, 6) + cut["sides"] * ramp(y + 8, 6)
    lump = 1 + 0.12 * fields.strands + 0.35 * cut["curl"] * fields.curls
    sway = 1 + 0.25 * (cut["part"] + look["part"]) * np.sign(x) * ramp(side - 0.5, 2)
    thickness = np.maximum(cover * top * lump * sway * look["volume"], 0)
    thickness = cv2.GaussianBlur(thickness.astype(np.float32), (0, 0), 0.012 * len(x))
    gloss = 1 + 0.28 * fields.strands + 0.25 * cut["curl"] * fields.curls
    gloss = np.clip(gloss, 0.35, 2.0) * (1 + 0.5 * ramp(-y - 7, 6))
    colour = person.hair[:, None, None] * (look["tint"] * gloss)
    return cover.astype(np.float32), colour.astype(np.float32), thickness
