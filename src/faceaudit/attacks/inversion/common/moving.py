"""How far pictures are moved at random, so that no face hangs on a single crop."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

SHIFT: Final[Any] = Field(
    0.03,
    ge=0,
    le=0.5,
    description="how far pictures are moved at most, at random, as a share of their shorter side: "
    "3 pixels of 112, and 1 of 47",
)


def pixels_of(share: float, size: tuple[int, int]) -> int:
    """Return a share of the shorter side of (height, width) pictures in whole pixels.

    >>> [pixels_of(0.03, size) for size in ((112, 112), (112, 96), (55, 47), (20, 10))]
    [3, 3, 1, 0]
    """
    return round(share * min(size))
