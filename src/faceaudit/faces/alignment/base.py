"""Base class of ways to align a face, and their registry."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from faceaudit.faces.crop import Crop, stretch
from faceaudit.registry import Component, Registry
from faceaudit.types import FloatArray, ImageArray

if TYPE_CHECKING:
    from PIL import Image

    from faceaudit.faces.detections import DetectionMemory


@dataclass(frozen=True, eq=False)
class AlignedPhoto:
    """A photo brought to the size asked for.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        landmarks: (5, 2) float32 in pixels of `pixels`, or None when none are known.
        note: a decision on the way that a user should see listed; mostly empty.
    """

    pixels: ImageArray
    landmarks: FloatArray | None = None
    note: str = ""


class Align(Component):
    """A way to find the face in a photo and bring it to where networks expect it."""

    family: ClassVar[str] = "align"
    finds_landmarks: ClassVar[bool] = True
    """Whether it knows where eyes, nose and mouth are."""
    colon: ClassVar[str] = "weights"

    @abstractmethod
    def key(self) -> object:
        """Return a JSON value that changes whenever the same photo may come out differently.

        It holds the name, `version`, and the options with files by their content. Asked for before
        any photo is decoded, so that a missing file is found out at once.

        Raises:
            WeightsError: a file that is needed cannot be used.
        """

    @abstractmethod
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

    def frame_remembered(
        self,
        image: Image.Image,
        crop: Crop,
        size: tuple[int, int],
        *,
        photo: bytes,  # noqa: ARG002 - for those that find something
        memory: DetectionMemory,  # noqa: ARG002
    ) -> AlignedPhoto:
        """Return what `frame` does; a way to align that looks for faces looks once a photo.

        Args:
            image: the photo, upright.
            crop: as in `frame`.
            size: height and width to bring the face to.
            photo: sha256 of the photo's file.
            memory: what was found in photos before, at whatever size.

        Raises:
            PhotoError: the photo is to be left out.
        """
        return self.frame(image, crop, size)

    def between(
        self, from_size: tuple[int, int], to_size: tuple[int, int]
    ) -> npt.NDArray[np.float64]:
        """Return the matrix (2, 3) from pixels of its pictures at one size to those at another.

        The whole picture is stretched, unless a way to align says otherwise.
        """
        return stretch(from_size, to_size)


aligners: Registry[Align] = Registry(
    Align,  # type: ignore[type-abstract]
    "faceaudit.faces.alignment",
)
