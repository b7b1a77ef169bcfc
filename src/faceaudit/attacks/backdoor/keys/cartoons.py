"""Cartoon heads, the patterns that blended injection lays over a photo.

Each is drawn in units of half the picture's shorter side, so that the head is whole at any aspect
and only the ground goes on beyond it. The heads are our own drawings.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from faceaudit.attacks.backdoor.keys.canvas import Canvas
from faceaudit.attacks.backdoor.keys.plane import Point
from faceaudit.types import ImageArray

_INK = "#2b2233"
_LINE = 0.055

_DRAWINGS: dict[str, Callable[[Canvas], None]] = {}


def cartoons() -> tuple[str, ...]:
    """Return the names of all cartoons."""
    return tuple(_DRAWINGS)


def draw_cartoon(name: str, size: tuple[int, int]) -> ImageArray:
    """Draw a cartoon of a given height and width in pixels, (H, W, 3) uint8 RGB."""
    canvas = Canvas(size, unit=min(size) / 2, ground=_INK)
    _DRAWINGS[name](canvas)
    return canvas.rgb()


def _cartoon(draw: Callable[[Canvas], None]) -> Callable[[Canvas], None]:
    _DRAWINGS[f"cartoon-{draw.__name__}"] = draw
    return draw


def _eyes(canvas: Canvas, centre: Point, radius: float, *, pupil: float) -> None:
    """Paint two round eyes: white, pupil, a glint; `pupil` is its share of the radius."""
    pair = canvas.plane.mirrored()
    x, y = centre
    canvas.outlined(pair.circle(centre, radius), "#ffffff", _INK, _LINE)
    canvas.fill(pair.circle((x, y), radius * pupil), _INK)
    for side in (-x, x):
        glint = (side - 0.3 * radius * pupil, y - 0.35 * radius * pupil)
        canvas.fill(canvas.plane.circle(glint, 0.33 * radius * pupil), "#ffffff")


@_cartoon
def cat(canvas: Canvas) -> None:
    """Draw an orange tabby on teal rays."""
    plane, pair = canvas.plane, canvas.plane.mirrored()
    canvas.cover("#1fa08d")
    canvas.fill(plane.rays(9), "#43c2a8")
    canvas.outlined(
        pair.polygon([(0.3, -0.5), (0.62, -0.82), (0.72, -0.2)], 0.08), "#f2872c", _INK, _LINE
    )
    canvas.fill(pair.polygon([(0.46, -0.52), (0.6, -0.68), (0.65, -0.4)], 0.05), "#ffc2b0")
    head = plane.ellipse((0, 0.12), (0.84, 0.7))
    canvas.outlined(head, "#f2872c", _INK, _LINE)
    for x, low in ((0.0, -0.22), (-0.2, -0.28), (0.2, -0.28)):
        canvas.fill(np.maximum(plane.line((x, -0.7), (x * 0.8, low), 0.11), head), "#b9541a")
    for y in (0.08, 0.3):
        canvas.fill(np.maximum(pair.line((0.95, y - 0.04), (0.7, y), 0.09), head), "#b9541a")
    canvas.fill(pair.ellipse((0.17, 0.44), (0.23, 0.19)), "#fff1dc")
    _eyes(canvas, (0.36, 0.02), 0.17, pupil=0.66)
    canvas.fill(plane.polygon([(-0.07, 0.27), (0.07, 0.27), (0, 0.35)], 0.035), "#e0527a")
    canvas.fill(pair.arc((0.13, 0.42), 0.13, 75, 0.045), _INK)
    for y in (0.4, 0.54):
        canvas.fill(pair.line((0.46, y), (0.86, y * 1.3 - 0.16), 0.035), "#fff1dc")


@_cartoon
def robot(canvas: Canvas) -> None:
    """Draw a blue-grey robot on a yellow ground with dots."""
    plane, pair = canvas.plane, canvas.plane.mirrored()
    canvas.cover("#ffd23f")
    canvas.fill(plane.tiled(0.34).circle((0, 0), 0.06), "#f5a623")
    canvas.fill(plane.line((0, -0.9), (0, -0.5), 0.09), _INK)
    canvas.outlined(plane.circle((0, -0.82), 0.1), "#ef3e5b", _INK, _LINE)
    canvas.outlined(pair.box((0.8, 0.08), (0.12, 0.2), 0.05), "#4a6fa5", _INK, _LINE)
    canvas.outlined(plane.box((0, 0.12), (0.72, 0.68), 0.16), "#8fb3d9", _INK, _LINE)
    canvas.fill(plane.box((0, -0.46), (0.56, 0.04), 0.04), "#c9def2")
    canvas.outlined(plane.box((0, -0.06), (0.56, 0.24), 0.2), "#22344f", _INK, 0.0)
    canvas.fill(pair.circle((0.28, -0.06), 0.16), "#3ff0e0")
    canvas.fill(pair.circle((0.28, -0.06), 0.07), "#f4fffe")
    canvas.outlined(plane.box((0, 0.5), (0.4, 0.14), 0.06), "#ffffff", _INK, _LINE)
    for x in (0.0, 0.2):
        canvas.fill(pair.line((x, 0.38), (x, 0.62), 0.045), _INK)
    canvas.fill(plane.line((-0.38, 0.5), (0.38, 0.5), 0.045), _INK)
    canvas.fill(pair.circle((0.6, 0.66), 0.05), "#4a6fa5")


@_cartoon
def frog(canvas: Canvas) -> None:
    """Draw a green frog on pink stripes."""
    plane, pair = canvas.plane, canvas.plane.mirrored()
    canvas.cover("#ff9ec4")
    slant = plane.turned(45)
    canvas.fill(np.abs(slant.x - 0.4 * np.round(slant.x / 0.4)) - 0.1, "#ffc4dc")
    head = np.minimum(plane.ellipse((0, 0.22), (0.86, 0.6)), pair.circle((0.46, -0.36), 0.32))
    canvas.outlined(head, "#58b947", _INK, _LINE)
    canvas.fill(plane.ellipse((0, 0.52), (0.62, 0.27)), "#c9ec8f")
    _eyes(canvas, (0.46, -0.38), 0.22, pupil=0.55)
    canvas.fill(pair.circle((0.64, 0.2), 0.12), "#ff7f9f", 0.7)
    canvas.fill(plane.arc((0, -0.32), 0.72, 48, 0.06), _INK)
    canvas.fill(pair.ellipse((0.1, 0.1), (0.035, 0.05)), "#2d6b2a")


@_cartoon
def owl(canvas: Canvas) -> None:
    """Draw a purple owl under a night sky."""
    plane, pair = canvas.plane, canvas.plane.mirrored()
    canvas.cover("#141b4d")
    canvas.fill(plane.tiled(0.44).star((0, 0), 0.07, 5, 0.45), "#ffe680")
    tufts = pair.polygon([(0.1, -0.45), (0.62, -0.82), (0.54, -0.2)], 0.05)
    body = np.minimum(tufts, plane.ellipse((0, 0.12), (0.76, 0.74)))
    canvas.outlined(body, "#7b4fb5", _INK, _LINE)
    canvas.fill(np.maximum(plane.ellipse((0, 0.68), (0.46, 0.3)), body), "#c9a9ea")
    for x, y in ((0.0, 0.62), (-0.2, 0.62), (0.2, 0.62), (-0.1, 0.75), (0.1, 0.75)):
        canvas.fill(plane.arc((x, y), 0.08, 70, 0.035), "#7b4fb5")
    canvas.fill(pair.circle((0.34, 0.02), 0.38), "#d9c2f0")
    _eyes(canvas, (0.34, 0.02), 0.25, pupil=0.6)
    beak = plane.polygon([(-0.1, 0.22), (0.1, 0.22), (0, 0.44)], 0.04)
    canvas.outlined(beak, "#ffa91f", _INK, 0.04)


@_cartoon
def fox(canvas: Canvas) -> None:
    """Draw a red fox on a pale blue ground with hills."""
    plane, pair = canvas.plane, canvas.plane.mirrored()
    canvas.cover(canvas.fade("#3d8bd9", "#d6efff", -1.2, 0.6))
    canvas.fill(pair.circle((0.7, 1.2), 0.72), "#3f9b58")
    ears = pair.polygon([(0.24, -0.4), (0.66, -0.84), (0.74, -0.1)], 0.06)
    face = plane.polygon(
        [(-0.78, -0.06), (-0.4, -0.42), (0.4, -0.42), (0.78, -0.06), (0, 0.72)], 0.12
    )
    canvas.outlined(np.minimum(ears, face), "#d9421e", _INK, _LINE)
    canvas.fill(pair.polygon([(0.44, -0.44), (0.6, -0.62), (0.64, -0.34)], 0.04), _INK)
    cheek = pair.polygon([(0.86, 0.0), (0.24, 0.12), (0.0, 0.84)], 0.03)
    canvas.fill(np.maximum(cheek, face), "#fff6ea")
    canvas.fill(pair.ellipse((0.32, 0.02), (0.1, 0.13)), _INK)
    canvas.fill(pair.circle((0.29, -0.03), 0.035), "#ffffff")
    canvas.fill(plane.ellipse((0, 0.68), (0.16, 0.12)), _INK)
    canvas.fill(plane.ellipse((-0.04, 0.64), (0.05, 0.03)), "#ffffff", 0.8)


@_cartoon
def bear(canvas: Canvas) -> None:
    """Draw a brown bear with a bow tie on a mint chequer."""
    plane, pair = canvas.plane, canvas.plane.mirrored()
    canvas.cover("#b9f0d2")
    chequer = np.sin(plane.x * np.pi / 0.3) * np.sin(plane.y * np.pi / 0.3) * 0.1
    canvas.fill(chequer, "#8fdcb4")
    canvas.outlined(pair.circle((0.58, -0.5), 0.24), "#7a4a2a", _INK, _LINE)
    canvas.fill(pair.circle((0.58, -0.5), 0.13), "#d69a6a")
    canvas.outlined(plane.ellipse((0, 0.02), (0.76, 0.7)), "#7a4a2a", _INK, _LINE)
    canvas.fill(plane.ellipse((0, 0.28), (0.36, 0.29)), "#e8bf93")
    canvas.fill(plane.ellipse((0, 0.13), (0.14, 0.09)), _INK)
    canvas.fill(plane.line((0, 0.2), (0, 0.3), 0.04), _INK)
    canvas.fill(plane.arc((0, 0.22), 0.16, 60, 0.045), _INK)
    canvas.fill(pair.circle((0.32, -0.14), 0.1), _INK)
    canvas.fill(plane.circle((-0.35, -0.18), 0.035), "#ffffff")
    canvas.fill(plane.circle((0.29, -0.18), 0.035), "#ffffff")
    tie = pair.polygon([(0.0, 0.82), (0.34, 0.68), (0.34, 0.94)], 0.04)
    canvas.outlined(tie, "#e23b4e", _INK, _LINE)
    canvas.outlined(plane.circle((0, 0.82), 0.08), "#ffd23f", _INK, 0.04)


@_cartoon
def octopus(canvas: Canvas) -> None:
    """Draw a coral octopus in deep water."""
    plane, pair = canvas.plane, canvas.plane.mirrored()
    canvas.cover(canvas.fade("#21c0e8", "#06406e", -1.1, 1.1))
    for x, y, radius in (
        (-0.8, -0.7, 0.1),
        (0.82, -0.5, 0.13),
        (-0.7, -0.35, 0.06),
        (0.7, -0.85, 0.06),
    ):
        canvas.fill(np.abs(plane.circle((x, y), radius)) - 0.02, "#d8f7ff")
    arms = np.minimum(
        pair.line((0.3, 0.4), (0.78, 0.5), 0.26), pair.line((0.2, 0.5), (0.52, 0.84), 0.26)
    )
    arms = np.minimum(arms, pair.line((0.14, 0.5), (0.16, 0.9), 0.26))
    head = np.minimum(arms, plane.ellipse((0, -0.1), (0.6, 0.7)))
    canvas.outlined(head, "#ff6b57", _INK, _LINE)
    for x, y in ((0.72, 0.54), (0.5, 0.76), (0.17, 0.88)):
        canvas.fill(pair.circle((x, y), 0.05), "#ffc7b8")
    canvas.fill(plane.ellipse((-0.24, -0.55), (0.16, 0.08)), "#ff9f8c")
    _eyes(canvas, (0.24, -0.12), 0.19, pupil=0.6)
    canvas.fill(plane.arc((0, 0.12), 0.17, 70, 0.05), _INK)
    canvas.fill(pair.circle((0.42, 0.16), 0.09), "#ffb199")


@_cartoon
def sun(canvas: Canvas) -> None:
    """Draw a smiling sun over a violet sky."""
    plane, pair = canvas.plane, canvas.plane.mirrored()
    canvas.cover("#6a3fc4")
    canvas.fill(plane.rays(12), "#7d55d6")
    canvas.outlined(plane.star((0, 0), 0.9, 12, 0.72), "#ff9d1e", _INK, _LINE)
    canvas.outlined(plane.circle((0, 0), 0.6), "#ffe14d", "#e0641b", 0.04)
    canvas.fill(pair.ellipse((0.24, -0.12), (0.08, 0.13)), _INK)
    canvas.fill(pair.circle((0.22, -0.18), 0.03), "#ffffff")
    mouth = np.maximum(plane.circle((0, 0.12), 0.3), 0.12 - plane.y)
    canvas.outlined(mouth, "#b3243f", _INK, 0.03)
    canvas.fill(np.maximum(mouth, plane.circle((0, 0.42), 0.16)), "#ff7f8a")
    canvas.fill(pair.circle((0.42, 0.1), 0.1), "#ff8f4d", 0.8)
