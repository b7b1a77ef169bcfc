"""Base class of ways to align that detect faces: which face is taken, and what if there is none."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.errors import InputError, PhotoError, SourceError
from faceaudit.faces.alignment.base import Align, AlignedPhoto
from faceaudit.faces.alignment.common.detector import Detector, DetectorFile
from faceaudit.faces.crop import Crop, fit
from faceaudit.faces.detections import DetectionMemory, Detections
from faceaudit.registry import digest
from faceaudit.types import FloatArray, ImageArray

if TYPE_CHECKING:
    import cv2
    from PIL import Image
else:
    cv2 = deferred("cv2")

NO_FACE = "no face was found, the crop was kept; where its eyes are is unknown"
"""What is noted of a photo that is kept without a face."""


class DetectingAligner(Align):
    """A way to align that finds the face with YuNet; a subclass brings it into place."""

    weights: str = Field(
        min_length=1, description="the file of YuNet's weights; ~ and ${NAME} are filled in"
    )
    threshold: float = Field(
        0.6, gt=0, lt=1, description="how certain the detector must be of a face, 0 to 1"
    )
    no_face: Literal["leave out", "crop", "fail"] = Field(
        "leave out",
        description="a photo without a face is left out, or kept as its source crops it, or ends "
        "the loading",
    )
    several: Literal["central", "largest", "most certain", "leave out"] = Field(
        "central", description="which of several faces is taken, or that the photo is left out"
    )

    @cached_property
    def _file(self) -> DetectorFile:
        return DetectorFile.read(self.weights)

    @cached_property
    def _detector(self) -> Detector:
        return Detector(self._file, self.threshold)

    def key(self) -> object:
        """Return the options, with the content of the weights in place of their path.

        Raises:
            WeightsError: the weights cannot be read, or are not YuNet's.
        """
        options = {**self.model_dump(mode="json"), "weights": self._file.sha256}
        return [self.name, self.version, options, self._detector.key()]

    def frame(self, image: Image.Image, crop: Crop, size: tuple[int, int]) -> AlignedPhoto:
        """Return the face in an RGB photo at `size` (height, width), with its landmarks.

        Raises:
            PhotoError: no face, or one of several, and such a photo is to be left out.
            SourceError: no face, and that is to end the loading.
            WeightsError: the weights cannot be used.
        """
        return self.frame_found(image, crop, size, self.find(image))

    def frame_remembered(
        self,
        image: Image.Image,
        crop: Crop,
        size: tuple[int, int],
        *,
        photo: bytes,
        memory: DetectionMemory,
    ) -> AlignedPhoto:
        """Return what `frame` does; faces that were found in the photo before are not looked for.

        Raises:
            PhotoError, SourceError, WeightsError: as `frame` does.
        """
        return self.frame_found(image, crop, size, self.find_remembered(image, photo, memory))

    def find(self, image: Image.Image) -> Detections:
        """Return all faces in an RGB photo.

        Raises:
            PhotoError: OpenCV cannot take the photo.
            WeightsError: the weights cannot be used.
        """
        return self._detector.find(np.asarray(image))

    def find_remembered(
        self, image: Image.Image, photo: bytes, memory: DetectionMemory
    ) -> Detections:
        """Return all faces in an RGB photo, from memory where they were found there before.

        Raises:
            PhotoError, WeightsError: as `find` does.
        """
        known = memory.recall(self._finding, photo)
        if known is None:
            known = self.find(image)
            memory.keep(self._finding, photo, known)
        return known

    @cached_property
    def _finding(self) -> str:
        """What determines the faces that are found in a photo."""
        return digest(self._detector.key())

    def frame_found(
        self, image: Image.Image, crop: Crop, size: tuple[int, int], faces: Detections
    ) -> AlignedPhoto:
        """Return what `frame` does, of a photo in which these faces were found.

        Raises:
            PhotoError, SourceError: as `frame` does.
        """
        pixels = np.asarray(image)
        if not len(faces):
            return self._handle_no_face(image, crop, size)
        if len(faces) == 1:
            return self._placed(pixels, faces, 0, size, "")
        if self.several == "leave out":
            raise PhotoError(f"expected one face, got {len(faces)}")
        chosen = choose_face(faces, self.several, (image.height, image.width))
        note = f"of {len(faces)} faces the {self.several} one was taken"
        return self._placed(pixels, faces, chosen, size, note)

    @abstractmethod
    def place(
        self, image: ImageArray, landmarks: FloatArray, box: FloatArray, size: tuple[int, int]
    ) -> tuple[ImageArray, FloatArray]:
        """Return a face of an RGB photo at `size`, and its landmarks there.

        Args:
            image: (H, W, 3) the photo.
            landmarks: (5, 2) where the face is in it.
            box: (4,) left, top, width and height of the face in it.
            size: height and width of what comes out.

        Raises:
            InputError: they lie so that no face can be brought into place.
        """

    def _placed(
        self, image: ImageArray, faces: Detections, chosen: int, size: tuple[int, int], note: str
    ) -> AlignedPhoto:
        landmarks, box = faces.landmarks[chosen], faces.boxes[chosen]
        try:
            return AlignedPhoto(*self.place(image, landmarks, box, size), note)
        except InputError as error:
            raise PhotoError(str(error)) from None
        except cv2.error:  # a side of more pixels than OpenCV counts in 16 bits
            raise PhotoError(
                "expected a photo that can be turned and scaled, got one of "
                f"{image.shape[1]} x {image.shape[0]} pixels, which OpenCV refuses"
            ) from None

    def _handle_no_face(
        self, image: Image.Image, crop: Crop, size: tuple[int, int]
    ) -> AlignedPhoto:
        """Return the crop of a photo without a face, or raise what `no_face` asks for."""
        if self.no_face == "crop":
            return AlignedPhoto(fit(image, crop, size), None, NO_FACE)
        reason = f"expected a face, got none with a score of {self.threshold:g} or more"
        if self.no_face == "fail":
            raise SourceError(f"{reason}; lower threshold, or set no_face to 'leave out' or 'crop'")
        raise PhotoError(reason)


def choose_face(faces: Detections, rule: str, size: tuple[int, int]) -> int:
    """Return which face of several is taken.

    Args:
        faces: at least one.
        rule: "central" (the middle of its box is nearest to that of the photo), "largest" or
            "most certain". Of equals the first is taken.
        size: height and width of the photo.
    """
    if rule == "central":
        middle = faces.boxes[:, :2] + faces.boxes[:, 2:] / 2
        away = middle - (np.array([size[1], size[0]]) - 1) / 2
        return int(np.argmin(np.hypot(away[:, 0], away[:, 1])))
    if rule == "largest":
        return int(np.argmax(faces.boxes[:, 2] * faces.boxes[:, 3]))
    return int(np.argmax(faces.score))
