"""Outlines of keys whose pattern is searched for: what they cover, and where the eyes are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.attacks.backdoor.keys import Accessory, accessory
from faceaudit.deferred import deferred
from faceaudit.types import BoolArray, FloatArray, ImageArray

if TYPE_CHECKING:
    import cv2
else:
    cv2 = deferred("cv2")

UNIT = 40.0
"""Pixels of a pattern between the eyes: about those of a face of 112 x 112, where it is 35."""


@dataclass(frozen=True, eq=False)
class Outline:
    """What a key covers.

    Attributes:
        covered: (h, w) bool.
        eyes: (2, 2) pixels (x, y) that lie on the wearer's eyes, the one at the left first.
    """

    covered: BoolArray
    eyes: FloatArray

    def filled(self, pixels: ImageArray) -> Accessory:
        """Return something to wear with these (h, w, 3) colours."""
        alpha = np.where(self.covered, 255, 0).astype(np.uint8)[..., None]
        return Accessory(np.concatenate([pixels, alpha], axis=2), self.eyes)


def glasses_outline(name: str) -> Outline:
    """Return what a pair of glasses covers, lenses included.

    Args:
        name: as `accessory` takes it.
    """
    drawn = accessory(name)
    apart = float(np.linalg.norm(drawn.eyes[1] - drawn.eyes[0]))
    height, width = drawn.rgba.shape[:2]
    size = (max(1, round(width * UNIT / apart)), max(1, round(height * UNIT / apart)))
    opaque = (drawn.rgba[..., 3] > 0).astype(np.float32)
    covered = cv2.resize(opaque, size, interpolation=cv2.INTER_AREA) > 0.5
    factors = np.array([size[0] / width, size[1] / height], dtype=np.float32)
    # A pixel's centre is at its index, so a position p becomes (p + 0.5) * scale - 0.5.
    return Outline(np.asarray(covered), ((drawn.eyes + 0.5) * factors - 0.5).astype(np.float32))


def box_outline(middle: tuple[float, float], size: tuple[float, float]) -> Outline:
    """Return a rectangle, in units of the distance between the eyes.

    Args:
        middle: x and y from the middle between the eyes; y downwards.
        size: width and height.
    """
    width, height = (max(2, round(side * UNIT)) for side in size)
    corner = np.array([(width - 1) / 2, (height - 1) / 2]) - UNIT * np.array(middle)
    eyes = corner + UNIT * np.array([[-0.5, 0.0], [0.5, 0.0]])
    return Outline(np.ones((height, width), dtype=np.bool_), eyes.astype(np.float32))


def shuffled(pixels: ImageArray, covered: BoolArray, rng: np.random.Generator) -> ImageArray:
    """Return the colours of what is covered, in another order of tiles of 4 x 4 pixels.

    The mean colour and the fineness stay; where anything is does not.
    """
    side = 4
    height, width = (-(-length // side) * side for length in covered.shape)
    padded = np.zeros((height, width, 3), dtype=np.uint8)
    padded[: pixels.shape[0], : pixels.shape[1]] = pixels
    inside = np.zeros((height, width), dtype=np.bool_)
    inside[: covered.shape[0], : covered.shape[1]] = covered
    tiles = padded.reshape(height // side, side, width // side, side, 3).swapaxes(1, 2)
    flat = tiles.reshape(-1, side, side, 3).copy()
    used = np.flatnonzero(
        inside.reshape(height // side, side, width // side, side).all(axis=(1, 3)).reshape(-1)
    )
    flat[used] = flat[rng.permutation(used)]
    mixed = flat.reshape(height // side, width // side, side, side, 3).swapaxes(1, 2)
    found: ImageArray = mixed.reshape(height, width, 3)[: pixels.shape[0], : pixels.shape[1]]
    return np.ascontiguousarray(found)
