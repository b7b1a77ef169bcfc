"""Which pixels of an aligned photo the frames of glasses cover."""

from __future__ import annotations

import numpy as np

from faceaudit.faces.alignment.common.similarity import template
from faceaudit.types import BoolArray

LENS = (0.47, 0.42)
"""Half the width and height of a frame around each eye, in distances of the eyes."""
RIM = 0.62
"""The hole of a frame, as a share of it."""
BRIDGE = 0.09
"""Half the height of the bridge, in distances of the eyes."""


def glasses(size: tuple[int, int]) -> BoolArray:
    """Return (H, W) which pixels are of thick frames and their bridge, where networks expect eyes.

    >>> round(float(glasses((112, 112)).mean()), 3)
    0.092
    """
    left, right = template(size)[:2]
    apart = float(np.hypot(*(right - left)))
    down, across = np.mgrid[: size[0], : size[1]]
    where = np.zeros(size, dtype=np.bool_)
    holes = np.zeros(size, dtype=np.bool_)
    for x, y in (left, right):
        # A frame is a rounded rectangle: a power of 4 in the place of an ellipse's 2.
        far = np.abs(across - x) ** 4 / (LENS[0] * apart) ** 4
        far = far + np.abs(down - y) ** 4 / (LENS[1] * apart) ** 4
        where |= far <= 1
        holes |= far <= RIM**4
    middle = (left + right) / 2
    between = (across > left[0]) & (across < right[0])
    where |= between & (np.abs(down - middle[1]) <= BRIDGE * apart)
    return where & ~holes
