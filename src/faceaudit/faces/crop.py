"""Crops: the part of a photo that is kept, brought to the size asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator

from faceaudit.deferred import deferred
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    from PIL import Image
else:
    Image = deferred("PIL.Image")

SMALLEST = 0.01
"""The smallest side of a crop, as a fraction: finer ones vanish in Pillow's single precision."""


def checked(crop: object) -> float | tuple[float, float, float, float]:
    """Return a crop that was read from an option.

    Raises:
        ValueError: it is neither a central fraction nor four fractions that span a box.
    """
    match crop:
        case bool():
            pass
        case int() | float() if SMALLEST <= crop <= 1:
            return float(crop)
        case [int() | float(), int() | float(), int() | float(), int() | float()]:
            top, left, bottom, right = (float(edge) for edge in crop)
            if (
                0 <= top < bottom <= 1
                and 0 <= left < right <= 1
                and min(bottom - top, right - left) >= SMALLEST
            ):
                return top, left, bottom, right
    raise ValueError(
        f"expected a central fraction in {SMALLEST}..1, or [top, left, bottom, right] as fractions "
        f"of height and width with top < bottom and left < right, got {crop!r}"
    )


Crop = Annotated[float | tuple[float, float, float, float], BeforeValidator(checked)]
"""A central fraction of height and width (1.0 is all), or top, left, bottom, right fractions."""


def box(crop: Crop, *, width: int, height: int) -> tuple[float, float, float, float]:
    """Return the left, top, right, bottom edges in pixels, fractions kept.

    >>> box(0.5, width=320, height=241)
    (80.0, 60.25, 240.0, 180.75)
    """
    if isinstance(crop, tuple):
        top, left, bottom, right = crop
        return left * width, top * height, right * width, bottom * height
    left, top = (1 - crop) / 2 * width, (1 - crop) / 2 * height
    return left, top, width - left, height - top


def fit(image: Image.Image, crop: Crop, size: tuple[int, int]) -> ImageArray:
    """Return the cropped part of an RGB photo at `size` (height, width), (H, W, 3) uint8.

    The part is stretched when its shape is not that of `size`. Pillow's bilinear filter widens
    with the scale, so shrinking does not alias; unlike Lanczos it never overshoots, so no photo
    gets pixels brighter or darker than it had.
    """
    height, width = size
    edges = box(crop, width=image.width, height=image.height)
    return np.array(image.resize((width, height), Image.Resampling.BILINEAR, box=edges))


def stretch(from_size: tuple[int, int], to_size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Return the matrix (2, 3) that stretches a whole picture to another size.

    >>> stretch((2, 2), (4, 2)).tolist()
    [[1.0, 0.0, 0.0], [0.0, 2.0, 0.5]]
    """
    scale = np.array([to_size[1] / from_size[1], to_size[0] / from_size[0]])
    # Edges, not centres, of pixels are what scales.
    return np.column_stack([np.diag(scale), (scale - 1) / 2])


def about_middle(
    scale: float, from_size: tuple[int, int], to_size: tuple[int, int]
) -> npt.NDArray[np.float64]:
    """Return the matrix (2, 3) that scales a picture, its middle coming to the other's middle.

    >>> about_middle(1.0, (112, 112), (112, 96)).tolist()
    [[1.0, 0.0, -8.0], [0.0, 1.0, 0.0]]
    """
    before, after = ((np.array([size[1], size[0]]) - 1) / 2 for size in (from_size, to_size))
    return np.column_stack([scale * np.eye(2), after - scale * before])
