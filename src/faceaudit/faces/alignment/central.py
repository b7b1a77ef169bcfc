"""Way to align: the middle of a photo, for when there is no detector."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from faceaudit.faces.alignment.base import Align, AlignedPhoto, aligners
from faceaudit.faces.crop import SMALLEST, Crop, about_middle, fit

if TYPE_CHECKING:
    from PIL import Image


@aligners.register
class Central(Align):
    """Keeps the middle of a photo in the shape asked for; finds nothing, stretches nothing.

    The box is the largest of that shape within the central `fraction` of height and width. No
    landmarks are known afterwards.
    """

    name: ClassVar[str] = "central"
    paper: ClassVar[str] = (
        "none of its own; what works on photos that were centred before, as LFW's funneled images "
        "(Huang, Jain, Learned-Miller 2007)"
    )

    finds_landmarks: ClassVar[bool] = False

    fraction: float = Field(
        1.0, ge=SMALLEST, le=1, description="the central share of height and width that is kept"
    )

    def key(self) -> object:
        """Return the name, the version and the fraction."""
        return [self.name, self.version, self.fraction]

    def frame(self, image: Image.Image, crop: Crop, size: tuple[int, int]) -> AlignedPhoto:  # noqa: ARG002
        """Return the middle of an RGB photo at `size` (height, width); `crop` plays no part."""
        height, width = size
        scale = self.fraction * min(image.height / height, image.width / width)
        tall, wide = scale * height / image.height, scale * width / image.width
        box = ((1 - tall) / 2, (1 - wide) / 2, (1 + tall) / 2, (1 + wide) / 2)
        return AlignedPhoto(fit(image, box, size))

    def between(
        self, from_size: tuple[int, int], to_size: tuple[int, int]
    ) -> npt.NDArray[np.float64]:
        """Return the matrix (2, 3) that keeps the middle of a picture in another shape.

        It is exact for square photos that are cut no wider or higher; of others nobody knows how
        much more there was.
        """
        scale = max(to_size[0] / from_size[0], to_size[1] / from_size[1])
        return about_middle(scale, from_size, to_size)
