"""The head as a surface: a profile, an outline and bumps, seen from its centre.

The surface is first built the way anthropometry describes it (the midline's profile, the outline
from the front, and the relief of brows, nose and lips), then turned into one radius for every
direction, relative to a fixed ellipsoid. Directions are laid out on a rectangle by Lambert's
azimuthal equal-area projection, which gives the face most of the texels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.faces.synthetic.traits import Floats, Person

if TYPE_CHECKING:
    import cv2
    from scipy import interpolate
else:
    cv2 = deferred("cv2")
    interpolate = deferred("scipy.interpolate")

AXES = (7.4, 11.4, 9.4)
U_RANGE = (-0.9, 0.9)
V_RANGE = (-0.85, 0.65)
TABLE = np.linspace(-13.0, 14.0, 400, dtype=np.float32)
POWER = 2.15
JAW = 0.12


@dataclass(frozen=True, eq=False)
class Head:
    """A person's surface on the texel grid.

    Attributes:
        surface: the front of the closed face over x and y.
        radius: (V, U) scale of the ellipsoid at every texel.
        jaw: (V, U) what to add to `radius` for a mouth opened by one unit.
        points: (3, V, U) centimetres.
        normal: (3, V, U) unit normals.
        occlusion: (V, U) share of ambient light that arrives, 0 to 1.
    """

    surface: Surface
    radius: Floats
    jaw: Floats
    points: Floats
    normal: Floats
    occlusion: Floats

    def give(self, points: Floats) -> Floats:
        """Return by which share of its distance an opened jaw moves each point (B, K, 3)."""
        ray = points / np.asarray(AXES, dtype=np.float32)
        ray = ray / np.sqrt(np.sum(ray * ray, axis=-1, keepdims=True))
        # Back from a direction to its texel: the inverse of `directions`.
        flat = ray[..., :2] / np.sqrt(2 * (1 + ray[..., 2:]))
        rows, columns = self.radius.shape
        u = (flat[..., 0] - U_RANGE[0]) / (U_RANGE[1] - U_RANGE[0]) * columns - 0.5
        v = (flat[..., 1] - V_RANGE[0]) / (V_RANGE[1] - V_RANGE[0]) * rows - 0.5
        share = cv2.remap(
            self.jaw / self.radius, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR
        )
        return np.asarray(share)


def texels(size: tuple[int, int]) -> tuple[int, int]:
    """Return how many texels (V, U) suit photos of `size` (height, width)."""
    longest = max(size)
    return round(1.4 * longest), round(1.2 * longest)


@cache
def directions(shape: tuple[int, int]) -> Floats:
    """Return the unit direction (3, V, U) of every texel, in the ellipsoid's own scale."""
    rows, columns = shape
    v = (np.arange(rows) + 0.5) / rows * (V_RANGE[1] - V_RANGE[0]) + V_RANGE[0]
    u = (np.arange(columns) + 0.5) / columns * (U_RANGE[1] - U_RANGE[0]) + U_RANGE[0]
    v, u = np.meshgrid(v, u, indexing="ij")
    square = np.minimum(u * u + v * v, 0.999)
    stretch = 2 * np.sqrt(1 - square)
    out = np.stack([u * stretch, v * stretch, 1 - 2 * square]).astype(np.float32)
    out.flags.writeable = False
    return out


def build_head(person: Person, shape: tuple[int, int], *, opens: bool = True) -> Head:
    """Return the surface of `person` on a grid of `shape` texels (V, U).

    Args:
        person: whose head it is.
        shape: how many texels.
        opens: whether the mouth may open; one that stays closed takes half of the work.
    """
    coarse = (max(shape[0] * 5 // 8, 60), max(shape[1] * 5 // 8, 50))
    ray = directions(coarse) * np.asarray(AXES, dtype=np.float32)[:, None, None]
    surface = Surface(person.shape)
    closed = _solve(surface, ray)
    radius = cv2.resize(closed, shape[::-1], interpolation=cv2.INTER_CUBIC)
    jaw = np.zeros_like(radius)
    if opens:
        # Far below the chin the open and the closed outline differ without meaning.
        moved = np.clip(_solve(Surface(person.shape, opening=1.0), ray) - closed, -JAW, JAW)
        jaw = cv2.resize(moved, shape[::-1], interpolation=cv2.INTER_LINEAR)
    axes = np.asarray(AXES, dtype=np.float32)[:, None, None]
    points = radius * directions(shape) * axes
    return Head(surface, radius, jaw, points, normals(points), _estimate_occlusion(radius))


def normals(points: Floats) -> Floats:
    """Return unit normals (3, V, U) of a grid of points (3, V, U), pointing outwards."""
    down = np.empty_like(points)
    right = np.empty_like(points)
    down[:, 1:-1] = points[:, 2:] - points[:, :-2]
    down[:, 0], down[:, -1] = down[:, 1], down[:, -2]
    right[:, :, 1:-1] = points[:, :, 2:] - points[:, :, :-2]
    right[:, :, 0], right[:, :, -1] = right[:, :, 1], right[:, :, -2]
    cross = np.empty_like(points)
    cross[0] = right[1] * down[2] - right[2] * down[1]
    cross[1] = right[2] * down[0] - right[0] * down[2]
    cross[2] = right[0] * down[1] - right[1] * down[0]
    cross /= np.sqrt(np.sum(cross * cross, axis=0)) + 1e-9
    return cross


class Surface:
    """The front of a head as depth over x and y; its splines are sampled once.

    Args:
        shape: a person's measures.
        opening: how far the mouth is open, 0 to 1.
    """

    def __init__(self, shape: Mapping[str, float], *, opening: float = 0.0) -> None:
        self.shape = shape
        self._opening = opening
        self._outline, self._profile = _fit_curves(shape, opening)
        self._bridge = _bridge(shape)

    def front(self, x: Floats, y: Floats) -> Floats:
        """Return the depth z in centimetres at (x, y)."""
        width, depth = self.section(y)
        inside = np.clip(1 - (np.abs(x) / width) ** POWER, 0, 1) ** (1 / POWER)
        return np.asarray(depth * inside + self.relief(x, y), dtype=np.float32)

    def section(self, y: Floats) -> tuple[Floats, Floats]:
        """Return half-width and midline depth at the heights `y`."""
        return _sample_curve(self._outline, y), _sample_curve(self._profile, y)

    def relief(self, x: Floats, y: Floats) -> Floats:
        """Return how far brows, eyes, nose, cheeks and lips stand out, in centimetres."""
        s, opening = self.shape, self._opening
        side = np.abs(x)
        line = s["eye_line"]
        out = -s["eye_depth"] * _bump(side - s["eye_gap"] * 0.95, y - line + 0.25, 1.5, 0.95)
        out += 0.34 * _bump(side - s["eye_gap"], y - line - 0.1, 0.95, 0.75)
        out += s["brow_ridge"] * _bump(side - 2.6, y - line + s["brow_height"], 2.2, 0.7)
        out += s["cheekbone"] * _bump(side - 4.6, y - 2.9, 1.4, 1.2)
        out += s["cheek"] * _bump(side - 4.0, y - 6.0, 1.6, 1.8)
        fold = 0.10 + 0.16 * s["age"]
        out -= fold * _bump(side - 2.3 - 0.35 * (y - 5.0), y - 5.6, 0.4, 1.3)
        out -= 0.25 * s["age"] * _bump(side - 2.9, y - 9.2, 0.5, 1.0)
        out += self._shape_nose(side, y)
        mouth = s["mouth_line"]
        wide = 0.75 * s["mouth_width"]
        out += (0.3 + 0.3 * s["upper_lip"]) * _bump(side, y - mouth + 0.4, wide, 0.42)
        low = y - mouth - 0.5 - 0.8 * opening
        out += (0.3 + 0.3 * s["lower_lip"]) * _bump(side, low, wide, 0.42)
        out -= (0.2 + 0.8 * opening) * _bump(side, y - mouth - 0.4 * opening, wide, 0.22)
        out -= 0.3 * _bump(side, y - mouth - 1.6 - opening, 1.6, 0.45)
        out += 0.35 * _bump(side, y - 10.2 - s["chin_length"] - 1.1 * opening, 1.5, 0.9)
        return np.asarray(out)

    def _shape_nose(self, side: Floats, y: Floats) -> Floats:
        s = self.shape
        length = s["nose_length"]
        grow = np.clip(y / length, 0, 1)
        grow *= np.sqrt(grow)
        wide = s["nose_bridge_width"] * (1 - grow) + (0.72 * s["nose_width"]) * grow
        out = _sample_curve(self._bridge, y) * np.exp(-((side / wide) ** 2.2))
        wing = _bump(side - s["nose_width"] * 0.86, y - length - 0.15, 0.5, 0.6)
        return np.asarray(out + 0.62 * wing)


def _sample_curve(curve: Floats, y: Floats) -> Floats:
    """Return a curve sampled at `TABLE` at the heights `y`."""
    return np.interp(y, TABLE, curve).astype(np.float32)


def _fit_curves(s: Mapping[str, float], opening: float) -> tuple[Floats, Floats]:
    """Return half-width and midline depth at every height of `TABLE`."""
    top = -11.3 - s["forehead_height"] * 0.5
    drop = s["chin_length"] + 1.1 * opening
    skull, face, jaw, chin = s["skull_width"], s["face_width"], s["jaw_width"], s["chin_width"]
    chub = 0.5 * s["cheek"]
    outline_knots = [
        (top, 0.4),
        (-10.4 - 0.4 * s["forehead_height"], 4.4 + skull),
        (-8.6, 6.2 + skull),
        (-6.0, 7.15 + skull),
        (-3.0, 7.35 + 0.8 * skull + 0.2 * face),
        (0.0, 7.05 + face),
        (3.0, 6.8 + face),
        (5.6 + 0.3 * drop, 6.25 + 0.6 * face + 0.5 * jaw + chub),
        (7.8 + 0.5 * drop, 5.35 + 0.9 * jaw + chub),
        (9.4 + 0.8 * drop, 4.2 + 0.6 * jaw + 0.5 * chin + chub),
        (10.6 + drop, 2.9 + 0.85 * chin),
        (11.4 + drop, 1.5 + 0.5 * chin),
        (12.0 + drop, 0.3),
    ]
    slope = s["forehead_slope"]
    profile_knots = [
        (top, 0.5),
        (-10.4, 4.6 - slope),
        (-8.6, 7.2 - slope),
        (-6.0, 8.8 - 0.6 * slope),
        (-3.5, 9.4 - 0.1 * slope),
        (-1.6, 9.5),
        (0.2, 9.1),
        (3.0, 8.9),
        (5.2, 9.1),
        (7.2 + 0.4 * opening, 9.15),
        (8.8 + 0.8 * drop, 8.7 + 0.4 * s["chin_depth"]),
        (10.2 + drop, 8.6 + s["chin_depth"]),
        (11.3 + drop, 7.4 + 0.8 * s["chin_depth"]),
        (12.0 + drop, 4.0),
    ]
    return _through(outline_knots), _through(profile_knots)


def _through(knots: list[tuple[float, float]]) -> Floats:
    heights, values = np.asarray(knots).T
    curve = interpolate.CubicSpline(heights, values, bc_type="natural")(TABLE)
    curve[(heights[0] > TABLE) | (heights[-1] < TABLE)] = 0.05
    return np.asarray(np.maximum(curve, 0.05), dtype=np.float32)


def _bridge(s: Mapping[str, float]) -> Floats:
    """Return how far the ridge of the nose stands out at every height of `TABLE`."""
    length, height = s["nose_length"], s["nose_height"]
    tip = length - 0.15 + 0.6 * s["nose_tip"]
    knots = [
        (-2.0, 0.0),
        (-0.9, 0.18 * s["nose_bridge"]),
        (0.4, 0.55 * s["nose_bridge"]),
        (0.5 * tip, 0.5 * s["nose_bridge"] + 0.32 * height),
        (tip - 0.3, height),
        (tip + 0.15, height * 0.99),
        (length + 0.75, 0.42 * height),
        (length + 1.25, 0.05),
        (length + 1.8, 0.0),
    ]
    heights, values = np.asarray(knots).T
    curve = np.maximum(interpolate.CubicSpline(heights, values)(TABLE), 0)
    curve *= (heights[0] < TABLE) & (heights[-1] > TABLE)
    return np.asarray(curve, dtype=np.float32)


def _bump(dx: Floats, dy: Floats, width: float, height: float) -> Floats:
    return np.exp(-((dx / width) ** 2) - (dy / height) ** 2)


def _solve(surface: Surface, ray: Floats) -> Floats:
    """Return by bisection how far along each ray (3, V, U) the surface is met."""
    low = np.full(ray.shape[1:], 0.35, dtype=np.float32)
    high = np.full(ray.shape[1:], 1.75, dtype=np.float32)
    for _ in range(12):
        middle = 0.5 * (low + high)
        x, y, z = ray * middle
        width, depth = surface.section(y)
        across = np.minimum(np.abs(x) / width, 3.0)
        forth = np.maximum(z - surface.relief(x, y), 0) / depth
        back = np.maximum(-z, 0) / 8.8
        inside = across**POWER + np.minimum(forth, 3.0) ** POWER + back * back < 1
        low = np.where(inside, middle, low)
        high = np.where(inside, high, middle)
    x, y, z = ray
    ears = 0.12 * surface.shape["ear_size"] * ear(y, z) * (np.abs(x) > 4)
    return np.asarray(0.5 * (low + high) + ears, dtype=np.float32)


def ear(y: Floats, z: Floats) -> Floats:
    """Return how much of the head's side at (y, z) is ear, 0 to 1."""
    across, along = (z + 0.3 - 0.15 * (y - 1.6)) / 1.3, (y - 1.6) / 2.7
    return np.asarray(np.exp(-((across * across + along * along) ** 1.5)))


def _estimate_occlusion(radius: Floats) -> Floats:
    """Return the share of light (V, U) that arrives, less where the surface lies deeper."""
    out = np.ones_like(radius)
    for share, strength in ((0.02, 3.2), (0.05, 1.6)):
        wide = cv2.GaussianBlur(radius, (0, 0), share * radius.shape[0])
        out *= np.clip(1 - strength * np.maximum(wide - radius, 0) / 0.1 * 0.35, 0.35, 1)
    return out
