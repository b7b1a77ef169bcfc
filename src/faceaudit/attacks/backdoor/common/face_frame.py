"""Coordinates that go with a face: where its lips, lids, cheeks and skin are on a photo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from faceaudit.types import FloatArray

_SOFT = 0.06  # of the distance between the eyes: how wide an edge is
_SKIN, _SKIN_RADII = (0.0, 0.62), (1.12, 1.5)

Share = npt.NDArray[np.float32]
"""(N, H, W) how much each pixel belongs to a part, 0 to 1."""


@dataclass(frozen=True, eq=False)
class FaceFrame:
    """Pixels of N photos in units of the distance between the eyes.

    Attributes:
        x, y: (N, H, W) along the line of the eyes to the image's right, and down from it; (0, 0)
            is the middle between the eyes.
        mouth: (N, 4) x and y of the mouth's middle, half its width, and the tangent of its slant.
    """

    x: Share
    y: Share
    mouth: FloatArray

    @classmethod
    def of(cls, points: FloatArray, size: tuple[int, int]) -> FaceFrame:
        """Return the frame of photos with landmarks (N, 5, 2) of `size` (height, width)."""
        z = points[..., 0] + 1j * points[..., 1]
        middle = (z[:, 0] + z[:, 1]) / 2
        across = z[:, 1] - z[:, 0]
        across = np.where(np.abs(across) < 1e-3, 1.0, across)
        rows, columns = np.mgrid[: size[0], : size[1]]
        pixels = (columns + 1j * rows)[None]
        frame = (pixels - middle[:, None, None]) / across[:, None, None]
        corners = (z[:, 3:] - middle[:, None]) / across[:, None]
        centre, half = corners.mean(axis=1), (corners[:, 1] - corners[:, 0]) / 2
        wide = np.maximum(np.abs(half.real), 0.1)
        mouth = np.stack([centre.real, centre.imag, wide, half.imag / wide], axis=1)
        return cls(
            frame.real.astype(np.float32), frame.imag.astype(np.float32), mouth.astype(np.float32)
        )

    def lips(self) -> Share:
        """Return where the lips are: a lens from corner to corner."""
        x0, y0, half, slant = (column[:, None, None] for column in self.mouth.T)
        t = (self.x - x0) / half
        bend = np.sqrt(np.maximum(1 - t * t, 0))
        y = self.y - y0 - slant * (self.x - x0)
        lens: Share = _edge(0.3 * half * bend - np.abs(y)) * (np.abs(t) < 1)
        return lens

    def lids(self) -> Share:
        """Return where the upper lids are: above each eye up to the brow."""
        side = np.abs(self.x) - 0.5
        inside = 1 - (side / 0.3) ** 2 - ((self.y + 0.1) / 0.14) ** 2
        above: Share = _edge(0.14 * inside) * _edge(-0.02 - self.y)
        return above

    def cheeks(self) -> Share:
        """Return where blush goes: a soft spot on each cheekbone."""
        side = np.abs(self.x) - 0.62
        spots = np.exp(-((side / 0.25) ** 2) - ((self.y - 0.62) / 0.2) ** 2)
        return np.asarray(spots, dtype=np.float32)

    def skin(self) -> Share:
        """Return where the face is: an oval from the hairline to the chin, eyes and lips too."""
        x = (self.x - _SKIN[0]) / _SKIN_RADII[0]
        y = (self.y - _SKIN[1]) / _SKIN_RADII[1]
        return np.asarray(np.clip((1 - np.hypot(x, y)) / 0.16 + 0.5, 0, 1), dtype=np.float32)


def _edge(distance: npt.NDArray[Any]) -> Share:
    """Return 0 outside of an edge and 1 inside, from a distance that is positive inside."""
    return np.asarray(np.clip(distance / _SOFT + 0.5, 0, 1), dtype=np.float32)
