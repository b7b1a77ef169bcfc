"""Way to align: found by YuNet, brought to where a network expects it."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.faces.alignment.base import aligners
from faceaudit.faces.alignment.common.detecting import DetectingAligner
from faceaudit.faces.alignment.common.similarity import apply, warp_one
from faceaudit.faces.alignment.common.templates import (
    Matrix,
    Size,
    TemplateName,
    adjust,
    compose,
    invert,
    template_between,
    to_template,
)
from faceaudit.types import FloatArray, ImageArray

Share = Annotated[float, Field(ge=-1, le=1)]


@aligners.register
class Yunet(DetectingAligner):
    """Finds the face with YuNet and brings it to where a template has it.

    What lies outside of the photo is black, whatever the template.
    """

    name: ClassVar[str] = "yunet"
    paper: ClassVar[str] = (
        "Wu, Peng, Yu 2023, YuNet (doi:10.1007/s11633-023-1423-y); the similarity of Umeyama 1991 "
        "to the template of ArcFace (Deng et al. 2019, arXiv 1801.07698); of the others see "
        "docs/alignment.md"
    )

    template: TemplateName = Field(
        "arcface",
        description="the crop that the network was trained on: where eyes, nose and mouth, or the "
        "face's box, are brought to",
    )
    zoom: float = Field(
        1.0, ge=0.25, le=4, description="above 1 the face gets larger and the crop tighter"
    )
    shift: tuple[Share, Share] = Field(
        (0.0, 0.0),
        description="by how much the face moves [right, down], in shares of width and height",
    )

    def place(
        self, image: ImageArray, landmarks: FloatArray, box: FloatArray, size: tuple[int, int]
    ) -> tuple[ImageArray, FloatArray]:
        """Return the face of an RGB photo at `size`, and its landmarks there.

        Raises:
            InputError: the landmarks are all in one place, or the box has no extent.
        """
        matrix = to_template(self.template, landmarks, box, size)
        if self.zoom != 1 or any(self.shift):
            matrix = adjust(matrix, size, self.zoom, self.shift)
        moved = apply(matrix[None], landmarks[None])[0].astype(np.float32)
        return warp_one(image, matrix, size), moved

    def between(self, from_size: Size, to_size: Size) -> Matrix:
        """Return the matrix (2, 3) from the template's picture of one size to that of another."""
        none = np.eye(2, 3)
        before, after = (adjust(none, size, self.zoom, self.shift) for size in (from_size, to_size))
        middle = template_between(self.template, from_size, to_size)
        return compose(after, compose(middle, invert(before)))
