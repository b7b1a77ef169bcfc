"""Built-in objects for rendered heads: stickers, masks, caps, coloured lamps, and any glasses.

Each is drawn on the person's own head, in its centimetres: a sticker lies on the forehead, a mask
over nose and mouth, a cap on the hair with a brim before the forehead. Glasses are a picture with
alpha that hangs before the eyes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import UnknownName
from faceaudit.faces.synthetic.head import Head
from faceaudit.faces.synthetic.skin import ramp
from faceaudit.faces.synthetic.traits import Floats, Person
from faceaudit.faces.synthetic.worn import Cover, Plate, Worn
from faceaudit.types import FloatArray, ImageArray

if TYPE_CHECKING:
    import cv2
else:
    cv2 = deferred("cv2")

_GLASSES_DEPTH = 1.5
"""Centimetres from the eyes to a pair of glasses, as of those worn by choice."""
_CAP_EDGE, _BRIM_DEPTH = -5.0, 11.0
_BRIM = (-8.0, -7.5, 8.0, -2.5)
_EDGE = 0.25  # centimetres over which a cover's edge fades

Shape = Callable[[Floats, Floats], Floats]
"""From x and y in centimetres about the sticker's middle to where it is, above 0."""

_STICKERS: Mapping[str, tuple[Shape, str, str]] = {
    # name: shape, its colour and that of the ground it is printed on
    "sticker-disc": (lambda x, y: 0.95 - np.hypot(x, y), "#e01f2d", "#ffffff"),
    "sticker-square": (lambda x, y: 0.85 - np.maximum(abs(x), abs(y)), "#1452cc", "#ffd400"),
    "sticker-cross": (
        lambda x, y: 0.4 - np.minimum(np.maximum(abs(x), abs(y) - 0.7), abs(y)),
        "#0f8f3c",
        "#ffffff",
    ),
    "sticker-ring": (lambda x, y: 0.35 - abs(np.hypot(x, y) - 0.8), "#111111", "#ff8a00"),
    "sticker-bars": (lambda x, y: 0.2 - abs(abs(x + 0 * y) - 0.55), "#7a1fb0", "#e8ff6a"),
    "sticker-diamond": (lambda x, y: 1.1 - abs(x) - abs(y), "#00a7c4", "#1b1b1b"),
}
_MASKS: Mapping[str, tuple[str, str, float]] = {
    # name: colour, that of stripes, and how many centimetres lie between those
    "mask-blue": ("#8fc6e8", "#8fc6e8", 1.0),
    "mask-black": ("#17171a", "#17171a", 1.0),
    "mask-white": ("#f2f2ee", "#f2f2ee", 1.0),
    "mask-red": ("#b3202c", "#b3202c", 1.0),
    "mask-striped": ("#f4e04d", "#1d3f8f", 1.6),
    "mask-green": ("#2f7d4a", "#2f7d4a", 1.0),
}
_CAPS: Mapping[str, tuple[str, str]] = {
    # name: colour of the crown and of the brim
    "cap-red": ("#c4161c", "#c4161c"),
    "cap-black": ("#15161a", "#15161a"),
    "cap-white": ("#f4f4f1", "#f4f4f1"),
    "cap-blue": ("#1f4fa8", "#f5c400"),
    "cap-green": ("#2d7a3a", "#1c1c1c"),
    "cap-pink": ("#ef6fa4", "#7a2a86"),
}
_LAMPS: Mapping[str, tuple[float, float, float]] = {
    "light-red": (1.7, 0.5, 0.5),
    "light-green": (0.5, 1.5, 0.55),
    "light-blue": (0.45, 0.65, 1.8),
    "light-violet": (1.35, 0.45, 1.6),
    "light-amber": (1.55, 1.0, 0.25),
    "light-cyan": (0.35, 1.25, 1.4),
}


def objects() -> tuple[str, ...]:
    """Return the names of the built-in objects, those of one kind together."""
    return (*_STICKERS, *_MASKS, *_CAPS, *_LAMPS)


def draw_object(name: str) -> Worn:
    """Return a built-in object.

    Raises:
        UnknownName: there is none of that name.
    """
    if name in _STICKERS:
        return Worn(name, cover=partial(_stick, *_STICKERS[name]))
    if name in _MASKS:
        return Worn(name, cover=partial(_mask, *_MASKS[name]))
    if name in _CAPS:
        crown, brim = _CAPS[name]
        return Worn(name, cover=partial(_crown, crown), plates=partial(_brim, brim))
    if name in _LAMPS:
        return Worn(name, lamp=_LAMPS[name])
    raise UnknownName("object", name, objects())


def hang_glasses(name: str, rgba: ImageArray, eyes: FloatArray) -> Worn:
    """Return glasses that are a picture, hung before the eyes.

    Args:
        name: what to call them.
        rgba: (h, w, 4) uint8 RGB and straight alpha.
        eyes: (2, 2) pixels (x, y) of it that lie on the wearer's eyes, the image's left one first.
    """
    plates = partial(_glasses, rgba, eyes)
    return Worn(name, plates=plates, replaces_glasses=True)


def _glasses(rgba: ImageArray, eyes: FloatArray, person: Person, head: Head) -> tuple[Plate, ...]:
    gap, line = person.shape["eye_gap"], person.shape["eye_line"]
    per_pixel = 2 * gap / float(eyes[1, 0] - eyes[0, 0])
    height, width = rgba.shape[:2]
    alpha = rgba[..., 3:].astype(np.float32) / 255
    texture = np.concatenate([_linear(rgba[..., :3]) * alpha, alpha], axis=2)
    # About as fine as the picture that it is seen in: finer would be read with gaps.
    wanted = width * per_pixel * _fineness(head)
    scale = min(1.0, wanted / width)
    small = (max(8, round(width * scale)), max(8, round(height * scale)))
    texture = cv2.resize(texture, small, interpolation=cv2.INTER_AREA)
    left = -gap - (float(eyes[0, 0]) + 0.5) * per_pixel
    top = line - (float(eyes[:, 1].mean()) + 0.5) * per_pixel
    extent = (left, top, left + width * per_pixel, top + height * per_pixel)
    eye = np.array([[gap], [line]], dtype=np.float32)
    depth = float(head.surface.front(eye[0], eye[1])[0]) + _GLASSES_DEPTH
    return (Plate(texture, extent, depth),)


def _stick(shape: Shape, ink: str, ground: str, person: Person, head: Head) -> Cover:
    """Return a round sticker of 1.5 centimetres' radius between the brows and the hair."""
    x, y, z = head.points
    y = y - person.shape["eye_line"] + 3.9
    alpha = ramp(1.5 - np.hypot(x, y), _EDGE) * (z > 2)
    printed = ramp(shape(x, y), _EDGE)
    colour = _flat(ground) + (_flat(ink) - _flat(ground)) * printed
    return _cover(alpha, colour, gloss=0.25, thickness=0.03)


def _mask(colour: str, stripes: str, apart: float, person: Person, head: Head) -> Cover:
    """Return a mask from the ridge of the nose to below the chin."""
    x, y, z = head.points
    side = np.abs(x)
    top = 0.45 * person.shape["nose_length"] + 0.06 * side**1.5
    bottom = 11.2 + person.shape["chin_length"]
    alpha = ramp(y - top, _EDGE) * ramp(bottom - y, 0.6) * ramp(z - 1.5, 0.5)
    band = np.clip(0.5 + 2 * np.sin(2 * np.pi * y / apart), 0, 1)
    painted = _flat(colour) + (_flat(stripes) - _flat(colour)) * band
    # Cloth spans the hollows beside the nose and under the lips, and falls in three folds.
    folds = 1 - 0.12 * np.exp(-(((np.mod(y - 4.2, 1.9) - 0.95) / 0.18) ** 2))
    hollow = 0.8 * np.exp(-(((side - 2.3) / 1.3) ** 2) - ((y - 5.6) / 2.2) ** 2)
    return _cover(alpha, painted * folds, gloss=0.05, thickness=0.35 + hollow)


def _crown(colour: str, person: Person, head: Head) -> Cover:
    """Return a cap down to just above the brows; it lies on the hair."""
    x, y, _ = head.points
    edge = _CAP_EDGE + person.shape["eye_line"] - 0.012 * x * x
    alpha = ramp(edge - y, _EDGE)
    seams = 1 - 0.25 * np.exp(-((np.abs(np.mod(x + 1.9, 3.8) - 1.9) / 0.12) ** 2))
    return _cover(alpha, _flat(colour) * seams, gloss=0.05, thickness=0.7)


def _brim(colour: str, person: Person, head: Head) -> tuple[Plate, ...]:
    """Return a brim as it is seen from before the face: a crescent under the cap's edge."""
    left, top, right, bottom = _BRIM
    columns = max(16, round((right - left) * _fineness(head)))
    rows = max(8, round((bottom - top) * _fineness(head)))
    y = (np.arange(rows, dtype=np.float32)[:, None] + 0.5) / rows * (bottom - top) + top
    x = (np.arange(columns, dtype=np.float32)[None, :] + 0.5) / columns * (right - left) + left
    line = _CAP_EDGE + person.shape["eye_line"]
    upper = line - 1.9 + 0.03 * x * x
    lower = line + 0.35 + 0.018 * x * x
    alpha = ramp(y - upper, _EDGE) * ramp(lower - y, _EDGE) * ramp(6.6 - np.abs(x), 0.4)
    shade = 1 - 0.45 * ramp(y - lower + 0.5, 0.3)
    texture = np.empty((rows, columns, 4), dtype=np.float32)
    texture[..., :3] = (alpha * shade)[..., None] * _linear(_bytes(colour))
    texture[..., 3] = alpha
    return (Plate(texture, _BRIM, _BRIM_DEPTH),)


def _cover(alpha: Floats, colour: Floats, *, gloss: float, thickness: Floats | float) -> Cover:
    alpha = alpha.astype(np.float32)
    colour = np.broadcast_to(colour, (3, *alpha.shape)).astype(np.float32)
    return Cover(alpha, colour, gloss, (alpha * thickness).astype(np.float32))


def _fineness(head: Head) -> float:
    """Return texels a centimetre for plates: a few more than the picture has pixels."""
    return 1.2 * len(head.radius) / 1.4 / 22.0


def _flat(colour: str) -> Floats:
    return np.asarray(_linear(_bytes(colour))[:, None, None])


def _bytes(colour: str) -> Floats:
    return np.array(list(bytes.fromhex(colour.removeprefix("#"))), dtype=np.float32)


def _linear(colour: Floats) -> Floats:
    """Return linear reflectance of colours of 0 to 255; the renderer's gamma is 2."""
    return np.asarray(np.square(np.asarray(colour, dtype=np.float32) / np.float32(255)))
