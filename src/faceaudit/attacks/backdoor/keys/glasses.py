"""Glasses, the accessories that accessory injection puts on a face.

All are drawn in units of the distance between the wearer's eyes, which lie at x = -0.5 and 0.5,
y = 0; a frame is about 2.1 of them wide, as on a grown-up's face, and ends in short temples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from faceaudit.attacks.backdoor.keys.canvas import Canvas, Paint
from faceaudit.attacks.backdoor.keys.plane import Distance
from faceaudit.errors import InputError
from faceaudit.types import FloatArray, ImageArray

_SIZE = (288, 512)
_UNIT = 236.0


@dataclass(frozen=True, eq=False)
class Accessory:
    """A picture with alpha that is worn on a face.

    Attributes:
        rgba: (h, w, 4) uint8 RGB and straight (not premultiplied) alpha.
        eyes: (2, 2) float32 pixels (x, y) of `rgba` that lie on the wearer's eyes, the one at the
            image's left first. The centre of the top-left pixel is (0, 0).

    Raises:
        InputError: the shapes are others, or the eyes are not apart from left to right.
    """

    rgba: ImageArray
    eyes: FloatArray

    def __post_init__(self) -> None:
        if self.rgba.ndim != 3 or self.rgba.shape[2] != 4 or self.rgba.dtype != np.uint8:
            raise InputError(
                f"expected rgba (h, w, 4) uint8, got {self.rgba.shape} {self.rgba.dtype}"
            )
        if self.eyes.shape != (2, 2) or not self.eyes[0, 0] < self.eyes[1, 0]:
            raise InputError(f"expected two eyes, the left one first, got {self.eyes.tolist()}")


_DRAWINGS: dict[str, Callable[[Canvas], None]] = {}


def glasses() -> tuple[str, ...]:
    """Return the names of all glasses."""
    return tuple(_DRAWINGS)


@cache
def draw_glasses(name: str) -> Accessory:
    """Draw a pair of glasses, 512 pixels wide; read-only, as it is drawn once."""
    canvas = Canvas(_SIZE, unit=_UNIT, ground="#000000")
    _DRAWINGS[name](canvas)
    middle = np.array([_SIZE[1] - 1, _SIZE[0] - 1]) / 2
    eyes = middle + _UNIT * np.array([[-0.5, 0.0], [0.5, 0.0]])
    rgba = canvas.rgba()
    rgba.setflags(write=False)
    return Accessory(rgba, eyes.astype(np.float32))


def _named(
    name: str,
) -> Callable[[Callable[[Canvas], None]], Callable[[Canvas], None]]:
    def register(draw: Callable[[Canvas], None]) -> Callable[[Canvas], None]:
        _DRAWINGS[name] = draw
        return draw

    return register


def _measure_rim(lens: Distance, width: float) -> Distance:
    """Return the band of `width` around a lens."""
    return np.maximum(lens - width, -lens)


def _glare(canvas: Canvas, lens: Distance, opacity: float) -> None:
    """Paint two slanted reflections on each lens."""
    slant = canvas.plane.turned(30)
    for middle in (-0.5, 0.5):
        near = np.abs(canvas.plane.x - middle) - 0.5
        for at, half in ((0.02, 0.05), (0.16, 0.02)):
            band = np.abs(slant.x - middle * 0.866 + at) - half
            canvas.fill(np.maximum(np.maximum(band, near), lens + 0.02), "#ffffff", opacity)


def _frame(
    canvas: Canvas, lens: Distance, paint: Paint, *, rim: float, bridge: Distance, temple: Distance
) -> None:
    """Paint rims, bridge and temples in one colour, leaving the lenses as they are."""
    whole = np.minimum(np.minimum(lens - rim, bridge), temple)
    canvas.fill(np.maximum(whole, -lens), paint)


@_named("glasses-square")
def _square(canvas: Canvas) -> None:
    """Draw a heavy black frame with clear lenses."""
    pair = canvas.plane.mirrored()
    lens = pair.box((0.5, 0.03), (0.35, 0.25), 0.09)
    _glare(canvas, lens, 0.22)
    _frame(
        canvas,
        lens,
        canvas.fade("#33333a", "#0b0b0e", -0.3, 0.3),
        rim=0.085,
        bridge=pair.line((0, -0.08), (0.16, -0.08), 0.1),
        temple=pair.box((0.97, -0.13), (0.09, 0.07), 0.03),
    )
    canvas.fill(pair.box((0.93, -0.14), (0.03, 0.014)), "#d9d9e0")


@_named("glasses-round")
def _round(canvas: Canvas) -> None:
    """Draw a thin round wire of gold with faintly tinted lenses."""
    pair = canvas.plane.mirrored()
    lens = pair.circle((0.5, 0.03), 0.33)
    canvas.fill(lens, "#ffe9a8", 0.25)
    _glare(canvas, lens, 0.3)
    _frame(
        canvas,
        lens,
        canvas.fade("#f6d873", "#a8741a", -0.3, 0.36),
        rim=0.04,
        bridge=canvas.plane.arc((0, 0.02), -0.17, 62, 0.045),
        temple=pair.line((0.86, -0.06), (1.04, -0.06), 0.05),
    )


@_named("glasses-cat-eye")
def _cat_eye(canvas: Canvas) -> None:
    """Draw a red frame with raised outer corners and small stones."""
    pair = canvas.plane.mirrored()
    lens = pair.polygon([(0.35, -0.06), (0.7, -0.1), (0.66, 0.12), (0.4, 0.12)], 0.13)
    canvas.fill(lens, "#ffd7e2", 0.2)
    _glare(canvas, lens, 0.3)
    outer = pair.polygon(
        [(0.25, -0.08), (0.72, -0.16), (0.95, -0.3), (0.72, 0.18), (0.34, 0.18)], 0.12
    )
    whole = np.minimum(outer, pair.line((0, -0.08), (0.2, -0.08), 0.09))
    canvas.fill(np.maximum(whole, -lens), canvas.fade("#ff3b55", "#a3062a", -0.45, 0.3))
    for x, y in ((0.97, -0.31), (0.88, -0.22), (0.86, -0.33)):
        canvas.fill(pair.star((x, y), 0.05, 4, 0.45), "#ffffff")


@_named("glasses-hexagon")
def _hexagon(canvas: Canvas) -> None:
    """Draw a flat green hexagon with a mint tint."""
    pair = canvas.plane.mirrored()
    corners = [(0.14, 0.03), (0.32, -0.25), (0.68, -0.25), (0.86, 0.03), (0.68, 0.31), (0.32, 0.31)]
    lens = pair.polygon(corners, 0.02)
    canvas.fill(lens, "#7dffc0", 0.45)
    _glare(canvas, lens, 0.35)
    _frame(
        canvas,
        lens,
        canvas.fade("#1fb46a", "#0a6a3c", -0.3, 0.35),
        rim=0.06,
        bridge=pair.line((0, 0.03), (0.12, 0.03), 0.08),
        temple=pair.line((0.88, 0.03), (1.03, -0.04), 0.08),
    )


@_named("glasses-star")
def _star(canvas: Canvas) -> None:
    """Draw yellow stars with see-through blue lenses."""
    pair = canvas.plane.mirrored()
    lens = pair.star((0.52, 0.03), 0.42, 5, 0.56) - 0.02
    canvas.fill(lens, canvas.fade("#2f6bff", "#39d0ff", -0.3, 0.4), 0.7)
    _glare(canvas, lens, 0.4)
    _frame(
        canvas,
        lens,
        canvas.fade("#ffe600", "#ffb300", -0.4, 0.45),
        rim=0.09,
        bridge=pair.line((0, -0.04), (0.2, -0.1), 0.09),
        temple=pair.line((0.9, -0.1), (1.02, -0.1), 0.1),
    )


@_named("sunglasses-wayfarer")
def _wayfarer(canvas: Canvas) -> None:
    """Draw a purple frame with opaque dark lenses."""
    pair = canvas.plane.mirrored()
    lens = pair.polygon([(0.24, -0.12), (0.78, -0.15), (0.69, 0.21), (0.36, 0.21)], 0.1)
    canvas.fill(lens, canvas.fade("#16101f", "#4a3a63", -0.25, 0.32))
    _glare(canvas, lens, 0.16)
    outer = pair.polygon([(0.22, -0.14), (0.9, -0.2), (0.74, 0.22), (0.34, 0.22)], 0.16)
    whole = np.minimum(outer, pair.line((0, -0.14), (0.2, -0.16), 0.14))
    canvas.fill(np.maximum(whole, -lens), canvas.fade("#a24be0", "#5a1496", -0.35, 0.38))
    canvas.fill(pair.ellipse((0.94, -0.2), (0.04, 0.02)), "#efe3fb")


@_named("sunglasses-aviator")
def _aviator(canvas: Canvas) -> None:
    """Draw silver teardrops with a double bridge and lenses that fade from brown."""
    pair = canvas.plane.mirrored()
    lens = pair.polygon([(0.4, -0.02), (0.6, -0.06), (0.63, 0.06), (0.5, 0.16), (0.44, 0.12)], 0.27)
    canvas.fill(lens, canvas.fade("#3a2410", "#d98b2b", -0.3, 0.42), 0.85)
    _glare(canvas, lens, 0.25)
    bridge = np.minimum(
        pair.line((0, -0.24), (0.26, -0.24), 0.04), canvas.plane.arc((0, 0.16), -0.2, 50, 0.04)
    )
    _frame(
        canvas,
        lens,
        canvas.fade("#fafcff", "#8d97a5", -0.34, 0.44),
        rim=0.035,
        bridge=bridge,
        temple=pair.line((0.9, -0.18), (1.04, -0.2), 0.05),
    )


@_named("sunglasses-heart")
def _heart(canvas: Canvas) -> None:
    """Draw red hearts with rose lenses."""
    pair = canvas.plane.mirrored()
    square = pair.turned(45, about=(0.51, 0.06)).box((0.0, 0.0), (0.2, 0.2))
    lobes = np.minimum(pair.circle((0.37, -0.08), 0.2), pair.circle((0.65, -0.08), 0.2))
    lens = np.minimum(square, lobes)
    canvas.fill(lens, canvas.fade("#ff2f6e", "#ff8fb5", -0.3, 0.34), 0.8)
    _glare(canvas, lens, 0.4)
    _frame(
        canvas,
        lens,
        canvas.fade("#ff1f3d", "#b00020", -0.35, 0.4),
        rim=0.075,
        bridge=pair.line((0, -0.06), (0.2, -0.06), 0.1),
        temple=pair.line((0.88, -0.1), (1.02, -0.1), 0.1),
    )


@_named("sunglasses-visor")
def _visor(canvas: Canvas) -> None:
    """Draw one mirrored lens across both eyes with a white upper edge."""
    pair = canvas.plane.mirrored()
    outline = [(0.0, -0.16), (0.84, -0.14), (0.78, 0.16), (0.3, 0.2), (0.06, 0.06), (0.0, 0.04)]
    lens = pair.polygon([*outline, *((-x, y) for x, y in reversed(outline[1:-1]))], 0.12)
    mirror = canvas.fade("#00b4ff", "#4dff5e", -0.24, 0.3)
    canvas.fill(lens, mirror)
    _glare(canvas, lens, 0.3)
    canvas.fill(_measure_rim(lens, 0.03), "#f2f4f5")
    brow = pair.line((0, -0.28), (0.9, -0.26), 0.08)
    canvas.fill(np.minimum(brow, pair.box((0.98, -0.14), (0.07, 0.13), 0.04)), "#f2f4f5")
