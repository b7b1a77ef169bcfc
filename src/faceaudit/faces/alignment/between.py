"""Pictures made at one network's size, shown to another network where it expects a face."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from faceaudit.errors import InputError
from faceaudit.faces.alignment.common.similarity import warp
from faceaudit.faces.alignment.common.templates import Matrix, Size
from faceaudit.types import ImageArray


class Places(Protocol):
    """What knows where faces are in its pictures at each size, such as a source."""

    def between(self, from_size: Size, to_size: Size) -> Matrix:
        """Return the matrix (2, 3) from the pixels of one size to those of another."""


def transfer_images(
    images: ImageArray, source: Places, from_size: Size, to_size: Size
) -> ImageArray:
    """Return pictures of one size as another network would have got them from the source.

    A source brings each photo to whatever size a network takes, and the two crops of one photo
    differ by a scale and a shift alone: 112 x 96 is the middle of 112 x 112. A picture that was
    rebuilt for one network is brought to the other's crop by just that. What the other crop shows
    beyond the picture's edge is black, as is what lies outside of a photo; a real photo that is
    treated alike says what that costs.

    Args:
        images: (N, H, W, 3) uint8 at `from_size`.
        source: of the photos that the networks are shown.
        from_size: height and width.
        to_size: height and width of what is returned; the same pictures where it is `from_size`.

    Raises:
        InputError: the pictures are not of `from_size`.
    """
    if tuple(images.shape[1:]) != (*from_size, 3):
        raise InputError(
            f"expected pictures (N, {from_size[0]}, {from_size[1]}, 3), got {images.shape}"
        )
    if tuple(from_size) == tuple(to_size):
        return images
    matrix = source.between(from_size, to_size)
    return warp(images, np.broadcast_to(matrix, (len(images), 2, 3)), to_size)
