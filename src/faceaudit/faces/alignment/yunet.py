"""Way to align: found by YuNet, brought to the five-point template."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.faces.alignment.base import aligners
from faceaudit.faces.alignment.common.detecting import DetectingAligner
from faceaudit.faces.alignment.common.similarity import apply, similarity, template, warp_one
from faceaudit.types import FloatArray, ImageArray


@aligners.register
class Yunet(DetectingAligner):
    """Finds the face with YuNet and turns, scales and moves it to the five-point template."""

    name: ClassVar[str] = "yunet"
    paper: ClassVar[str] = (
        "Wu, Peng, Yu 2023, YuNet (doi:10.1007/s11633-023-1423-y); the similarity of Umeyama 1991 "
        "to the template of ArcFace (Deng et al. 2019, arXiv 1801.07698)"
    )

    def place(
        self, image: ImageArray, landmarks: FloatArray, size: tuple[int, int]
    ) -> tuple[ImageArray, FloatArray]:
        """Return the face at `landmarks` (5, 2) of an RGB photo at `size`, and its landmarks there.

        Raises:
            InputError: the landmarks are all in one place.
        """
        matrices = similarity(landmarks[None], template(size))
        moved = apply(matrices, landmarks[None])[0].astype(np.float32)
        return warp_one(image, matrices[0], size), moved
