"""Features that move with the expression, painted anew on every photo: brows, eyes, mouth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.faces.synthetic.head import Head
from faceaudit.faces.synthetic.skin import Fields, ramp
from faceaudit.faces.synthetic.traits import Floats, Person


@dataclass(frozen=True, eq=False)
class Expressions:
    """B expressions, (B,) each.

    Attributes:
        smile: -0.5 (corners down) to 1.2.
        opening: how far the mouth is open, 0 to 1.
        lids: share of the open eye's height that is left, 0 (closed) to 1.2.
        brows: how far the brows are raised, in centimetres.
        gaze: (B, 2) shift of the irises in centimetres.
    """

    smile: Floats
    opening: Floats
    lids: Floats
    brows: Floats
    gaze: Floats


def corners(person: Person, faces: Expressions) -> Floats:
    """Return x and y (B, 2) in centimetres of the mouth corner at the image's right."""
    s = person.shape
    x = s["mouth_width"] * (1 + 0.16 * faces.smile - 0.10 * faces.opening)
    y = s["mouth_line"] - 0.5 * faces.smile + 0.25 * faces.opening - s["mouth_slant"]
    return np.stack([x, y], axis=1)


def window(head: Head, left: float, top: float, right: float, bottom: float) -> tuple[slice, slice]:
    """Return the texels that hold the front of the face between these centimetres."""
    x, y, z = head.points
    inside = (x >= left) & (x <= right) & (y >= top) & (y <= bottom) & (z > 2)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def paint_eyes(
    albedo: Floats,
    gloss: Floats,
    person: Person,
    head: Head,
    fields: Fields,
    faces: Expressions,
) -> None:
    """Paint brows and eyes on albedo (B, 3, V, U) and gloss (B, V, U), in place."""
    s = person.shape
    rows, columns = window(head, -5.6, -3.6, 5.6, 1.6)
    x, y, z = head.points[:, rows, columns].astype(np.float32)
    canvas, shine = albedo[:, :, rows, columns], gloss[:, rows, columns]
    face = (z > 0).astype(np.float32)
    side, sign = np.abs(x), np.sign(x)
    dx = side - s["eye_gap"]
    dy = y - s["eye_line"]

    t = dx / s["eye_width"]
    arch = s["brow_arch"] * (1 - ((side - 3.5) / 2.1) ** 2) - s["brow_tilt"] * (side - 3.2)
    lift = _each(faces.brows)
    centre = -s["brow_height"] - arch - lift + 0.1
    thick = s["brow_thickness"] * (1 - 0.6 * ramp(side - 4.0, 2.2))
    brow = np.exp(-(((dy - centre) / thick) ** 2) * 0.8)
    brow *= ramp(side - s["brow_inner"], 0.7) * ramp(5.3 - side, 1.2)
    brow *= np.clip(s["brow_density"], 0.3, 1) * (0.9 + 0.12 * fields.fine[rows, columns]) * face
    brow = np.clip(brow, 0, 0.95)[:, None]
    tint = np.minimum(person.hair, 0.5 * person.skin + 0.02)[:, None, None]
    canvas += (tint - canvas) * brow

    bend = 1 - np.minimum(t * t, 1.0)
    tilt = s["eye_tilt"] * t
    high = s["eye_height"] * 0.98 * bend**0.7
    low = s["eye_height"] * 0.55 * bend**0.8
    openness = _each(faces.lids) * (1 - 0.14 * _each(np.maximum(faces.smile, 0)))
    upper = -high * openness + low * np.maximum(0.6 - openness, 0) - tilt
    lower = low * (1 - 0.2 * _each(np.maximum(faces.smile, 0))) - tilt
    soft = 0.16
    eye = ramp(dy - upper, soft) * ramp(lower - dy, soft) * ramp(1.02 - np.abs(t), 0.16) * face
    shade = 0.8 - 0.30 * ramp(upper + 0.28 - dy, 0.4) - 0.12 * t * t
    white = np.array([0.60, 0.56, 0.53], dtype=np.float32)[:, None, None] * shade[:, None]
    gx = dx - _each(faces.gaze[:, 0]) * sign
    gy = dy + 0.06 + 0.0 * t - _each(faces.gaze[:, 1])
    distance = np.sqrt(gx * gx + gy * gy)
    iris = ramp(0.60 - distance, 0.14)[:, None]
    ring = 1 - 0.45 * ramp(distance - 0.44, 0.2)
    colour = person.iris[:, None, None] * (ring * (1 - 0.3 * ramp(-gy, 0.6)))[:, None]
    white += (colour - white) * iris
    white *= 1 - 0.95 * ramp(0.25 - distance, 0.12)[:, None]
    canvas += (white - canvas) * eye[:, None]
    shine += (0.5 - shine) * eye

    lash = np.exp(-(((dy - upper + 0.03) / 0.13) ** 2)) * ramp(1.08 - np.abs(t), 0.2)
    rim = np.exp(-(((dy - lower) / 0.10) ** 2)) * ramp(1.0 - np.abs(t), 0.3)
    crease = np.exp(-(((dy + high + tilt + s["lid_crease"]) / 0.12) ** 2))
    crease = crease * ramp(1.05 - np.abs(t), 0.4)
    female = 0.95 if person.sex == 0 else 0.78
    dark = np.clip(female * lash + 0.28 * rim + 0.34 * crease, 0, 0.95) * face
    canvas *= 1 - dark[:, None]


def paint_mouth(
    albedo: Floats, gloss: Floats, person: Person, head: Head, faces: Expressions
) -> None:
    """Paint lips, teeth and smile lines on albedo (B, 3, V, U) and gloss (B, V, U), in place."""
    s = person.shape
    middle = s["mouth_line"]
    rows, columns = window(head, -4.2, middle - 2.2, 4.2, middle + 3.2)
    x, y, z = head.points[:, rows, columns].astype(np.float32)
    canvas, shine = albedo[:, :, rows, columns], gloss[:, rows, columns]
    side = np.abs(x)
    corner = corners(person, faces)
    half, height = _each(corner[:, 0]), _each(corner[:, 1])
    smile, opening = _each(faces.smile), _each(faces.opening)
    t = np.minimum(side / half, 1.3)
    bend = np.maximum(1 - t * t, 0)
    seam = height + (middle + 0.12 * np.maximum(smile, 0) - height) * bend
    drop = 0.95 * opening * bend
    thin = 1 - 0.18 * np.maximum(smile, 0)
    bow = s["cupid"] * np.exp(-((side / 0.45) ** 2))
    top = seam - (s["upper_lip"] * thin * bend**0.6 - bow) - 0.15 * drop
    bottom = seam + s["lower_lip"] * thin * bend**0.55 + drop
    inside = ramp(1.0 - t, 0.1) * (z > 0)
    lips = ramp(y - top, 0.2) * ramp(bottom - y, 0.24) * inside
    lips *= 0.9 * (1 - 0.25 * ramp(y - bottom + 0.3, 0.5))
    shade = 1 - 0.16 * ramp(seam - y, 0.3)
    canvas += (person.lips[:, None, None] * shade[:, None] - canvas) * lips[:, None]
    shine += (0.7 - shine) * lips * ramp(y - seam, 0.4)
    gap = np.maximum(drop, 0.05 + 0.28 * np.maximum(smile - 0.45, 0) * bend)
    hole = ramp(y - seam + 0.25 * gap, 0.14) * ramp(seam + gap - y, 0.14) * ramp(0.97 - t, 0.1)
    teeth = (
        ramp(seam + 0.62 * np.minimum(gap, 0.9) - y, 0.2)
        * ramp(0.8 - t, 0.3)
        * ramp(gap - 0.18, 0.2)
    )
    cavity = np.array([0.05, 0.015, 0.015], dtype=np.float32)[:, None, None]
    enamel = np.array([0.62, 0.58, 0.50], dtype=np.float32)[:, None, None]
    canvas += (cavity + (enamel - cavity) * teeth[:, None] - canvas) * (hole * (z > 0))[:, None]
    line = (
        np.exp(-(((y - seam - gap * 0.5) / 0.13) ** 2))
        * ramp(1.03 - t, 0.12)
        * ramp(0.25 - gap, 0.2)
    )
    under = np.exp(-((side / 1.7) ** 2) - ((y - bottom - 0.3) / 0.28) ** 2)
    dimple = np.exp(-(((side - half - 0.18) / 0.22) ** 2) - ((y - height) / 0.4) ** 2)
    fold = side - 1.9 - 0.42 * (y - 4.7)
    fold = np.exp(-((fold / 0.24) ** 2) - ((y - 6.0) / 1.3) ** 2)
    dark = 0.72 * line + 0.16 * under + 0.24 * dimple + 0.30 * np.maximum(smile, 0) * fold
    canvas *= 1 - np.clip(dark, 0, 0.9)[:, None]


def _each(values: Floats) -> Floats:
    """Return (B,) as (B, 1, 1), to meet windows (V, U)."""
    return values.astype(np.float32)[:, None, None]
