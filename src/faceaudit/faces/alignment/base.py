"""What every way to align a face promises."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from faceaudit.faces.crop import Crop
from faceaudit.registry import Component, Registry
from faceaudit.types import FloatArray, ImageArray


@dataclass(frozen=True, eq=False)
class AlignedPhoto:
    """A photo brought to the size asked for.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        landmarks: (5, 2) float32 in pixels of `pixels`, or None when none are known.
        note: what was decided on the way that a user should see listed, or nothing.
    """

    pixels: ImageArray
    landmarks: FloatArray | None = None
    note: str = ""


class Align(Component):
    """Finds the face in a photo and brings it to where networks expect it."""

    family = "align"

    def key(self) -> object:
        """Return a JSON value that changes whenever the same photo may come out differently.

        Asked for before any photo is decoded, so that what is missing is found out at once.

        Raises:
            WeightsError: a file that is needed cannot be used.
        """
        raise NotImplementedError

    def frame(self, image: Image.Image, crop: Crop, size: tuple[int, int]) -> AlignedPhoto:
        """Return the face in an RGB photo at `size` (height, width); called from many threads.

        Args:
            image: the photo, upright.
            crop: the part of the photo that is used where no face is found and the user wants to
                go on.
            size: height and width to bring the face to.

        Raises:
            PhotoError: the photo is to be left out.
        """
        raise NotImplementedError


aligners: Registry[Align] = Registry(Align, "faceaudit.faces.alignment")
