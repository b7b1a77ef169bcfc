"""A canvas: a picture with alpha on which shapes are painted, one over the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from faceaudit.attacks.backdoor.keys.plane import Distance, Plane
from faceaudit.types import ImageArray

Paint = str | npt.NDArray[np.float64]


class Canvas:
    """A picture in the making; edges are smoothed over one pixel.

    Attributes:
        plane: the centres of the pixels in drawing units, (0, 0) in the picture's middle.
    """

    def __init__(self, size: tuple[int, int], unit: float, ground: str) -> None:
        """Begin a fully transparent picture.

        Args:
            size: height and width in pixels.
            unit: pixels in one drawing unit.
            ground: "#rrggbb", the colour that transparent pixels carry, so that resizing the
                picture does not bring a foreign colour to its edges.
        """
        height, width = size
        self._unit = unit
        self._colour = np.broadcast_to(rgb(ground), (height, width, 3)).copy()
        self._alpha = np.zeros((height, width, 1))
        self.plane = Plane(
            x=((np.arange(width, dtype=np.float64) - (width - 1) / 2) / unit)[None, :],
            y=((np.arange(height, dtype=np.float64) - (height - 1) / 2) / unit)[:, None],
        )

    def fill(self, shape: Distance, paint: Paint, opacity: float = 1.0) -> None:
        """Paint the inside of a shape over what is there.

        Args:
            shape: broadcasts to (H, W).
            paint: "#rrggbb", or colours that broadcast to (H, W, 3), as `fade` gives them.
            opacity: 0 to 1.
        """
        colour = rgb(paint) if isinstance(paint, str) else paint
        cover = np.clip(0.5 - shape * self._unit, 0.0, 1.0)[..., None] * opacity
        kept = self._alpha * (1.0 - cover)
        alpha = np.broadcast_to(cover + kept, self._alpha.shape)
        mixed = (colour * cover + self._colour * kept) / np.maximum(alpha, 1e-9)
        self._colour = np.where(alpha > 0, mixed, self._colour)
        self._alpha = alpha

    def cover(self, paint: Paint) -> None:
        """Paint everything."""
        self.fill(np.full((1, 1), -np.inf), paint)

    def outlined(self, shape: Distance, paint: Paint, ink: str, width: float) -> None:
        """Paint the inside of a shape, and a line of `ink` along the outside of its edge."""
        self.fill(shape - width, ink)
        self.fill(shape, paint)

    def fade(self, start: str, end: str, top: float, bottom: float) -> npt.NDArray[np.float64]:
        """Return colours (H, 1, 3) that go from `start` at y = `top` to `end` at `bottom`."""
        share = np.clip((self.plane.y - top) / (bottom - top), 0.0, 1.0)[..., None]
        return rgb(start) * (1.0 - share) + rgb(end) * share

    def rgb(self) -> ImageArray:
        """Return the picture without its alpha, (H, W, 3) uint8."""
        return _bytes(self._colour)

    def rgba(self) -> ImageArray:
        """Return the picture, (H, W, 4) uint8, with straight alpha."""
        return _bytes(np.concatenate([self._colour, self._alpha * 255.0], axis=2))


def rgb(colour: str) -> npt.NDArray[np.float64]:
    """Return "#rrggbb" as three numbers, 0 to 255."""
    return np.array(list(bytes.fromhex(colour.removeprefix("#"))), dtype=np.float64)


def _bytes(values: npt.NDArray[np.float64]) -> ImageArray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
