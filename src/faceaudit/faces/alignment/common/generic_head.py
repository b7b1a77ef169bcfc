"""An average head seen from the front, and five points on it.

The depth is that of the synthetic renderer's average head (averages after Farkas 1994), with its
features moved to where the five-point template has them, so that its frontal view has landmarks
exactly on the template. Centimetres; x runs to the image's right, y down, z towards the camera,
and the origin is the middle of the head at the height of the eyes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from faceaudit.faces.alignment.common.similarity import ARCFACE, similarity, template
from faceaudit.faces.synthetic.head import Surface
from faceaudit.faces.synthetic.traits import SHAPE

Doubles = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

MIRRORED = (1, 0, 2, 4, 3)
"""For each landmark, the one on the other side of the face."""

BEHIND = 6.0
"""Depth of the plane that stands for all that lies further back: ears, hair, background.

Deeper, the head's rim would show as a line where the photo's face is wider or narrower.
"""

_EYE_GAP = 3.17  # half the distance of the eyes, the average of the renderer's people
_AGE = 0.3  # of 0 to 1: folds of somebody in the middle of life


@dataclass(frozen=True, eq=False)
class HeadView:
    """The head from the front, as a picture of some size.

    Attributes:
        to_pixels: (2, 3) from x and y in centimetres to pixels.
        xy: (H, W, 2) x and y of every pixel, in centimetres.
        depth: (H, W) z of every pixel.
        normal: (H, W, 3) which way the surface faces there, of length 1.
        share: (H, W, 5) how much each landmark counts there, in all 1.
    """

    to_pixels: Doubles
    xy: Singles
    depth: Singles
    normal: Singles
    share: Singles


def _even() -> Doubles:
    """Return the template in centimetres (5, 2), its left and right made equal."""
    centred = ARCFACE - ARCFACE[:2].mean(axis=0)
    # Its sides differ by a few tenths of a pixel, about a line that is not quite the eyes' middle.
    centred[:, 0] -= (centred + centred[list(MIRRORED)])[:, 0].mean() / 2
    even = (centred + centred[list(MIRRORED)] * [-1, 1]) / 2
    return np.asarray(even * (_EYE_GAP / even[1, 0]))


def _surface() -> Surface:
    shape = {name: (female + male) / 2 for name, (female, male, _) in SHAPE.items()}
    points = _even()
    moved = {
        "age": _AGE,
        "eye_gap": _EYE_GAP,
        "eye_line": 0.0,
        "nose_length": float(points[2, 1]),
        "mouth_line": float(points[3, 1]),
        "mouth_width": float(points[4, 0]),
    }
    return Surface({**shape, **moved})


@lru_cache(maxsize=1)
def landmarks() -> Doubles:
    """Return the five landmarks in centimetres (5, 3)."""
    plane = _even()
    depth = _surface().front(plane[:, 0], plane[:, 1])
    points = np.concatenate([plane, depth[:, None]], axis=1)
    points.flags.writeable = False
    return points


@lru_cache(maxsize=8)
def frontal(size: tuple[int, int]) -> HeadView:
    """Return the head from the front in a picture of `size` (height, width)."""
    height, width = size
    points = landmarks()
    matrix = similarity(points[None, :, :2], template(size))[0]
    rows, columns = np.mgrid[:height, :width]
    pixels = np.stack([columns, rows], axis=-1) - matrix[:, 2]
    xy = pixels @ np.linalg.inv(matrix[:, :2]).T
    x, y = xy[..., 0], xy[..., 1]
    depth = np.maximum(_surface().front(x, y), BEHIND)
    scale = float(np.hypot(*matrix[:, 0]))
    down, right = np.gradient(depth.astype(np.float64)) if min(size) > 1 else (0 * x, 0 * x)
    normal = np.stack([-right * scale, -down * scale, np.ones_like(x)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    # Inverse squared distances: exactly one at its own landmark, smooth in between.
    apart = np.sum((xy[:, :, None] - points[None, None, :, :2]) ** 2, axis=-1)
    near = 1 / (apart + 1e-3)
    share = near / near.sum(axis=-1, keepdims=True)
    singles = [field.astype(np.float32) for field in (xy, depth, normal, share)]
    return HeadView(matrix, *singles)
