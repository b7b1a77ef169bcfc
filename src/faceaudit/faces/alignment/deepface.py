"""Way to align: found by YuNet, turned to the front as for the DeepFace network."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from faceaudit.faces.alignment.base import aligners
from faceaudit.faces.alignment.common.detecting import DetectingAligner
from faceaudit.faces.alignment.common.frontal import frontalise
from faceaudit.faces.alignment.common.similarity import apply, similarity, template, warp_one
from faceaudit.faces.alignment.common.templates import Matrix, Size, template_between
from faceaudit.types import FloatArray, ImageArray


@aligners.register
class DeepFace(DetectingAligner):
    """Aligns a face as for DeepFace: in the plane, or turned to the front with a generic 3D head.

    The paper finds 67 points; YuNet finds five, so pose and proportions are coarser here. See
    `frontal` for what differs. The paper does not say where its anchors are: ours are the
    five-point template's, scaled to the size asked for (152 x 152 for the network).
    """

    name: ClassVar[str] = "deepface"
    paper: ClassVar[str] = (
        "Taigman, Yang, Ranzato, Wolf 2014, DeepFace (doi:10.1109/CVPR.2014.220), section 2; "
        "landmarks by YuNet (Wu, Peng, Yu 2023)"
    )

    template: Literal["arcface"] = Field(
        "arcface", description="where eyes, nose and mouth are brought to"
    )
    mode: Literal["2d", "3d"] = Field(
        "3d", description="2d: turned, scaled and moved; 3d: also turned to the front"
    )
    symmetry: bool = Field(
        default=True,
        description="in 3d, what the camera did not see is taken from the face's other side",
    )

    def place(
        self,
        image: ImageArray,
        landmarks: FloatArray,
        box: FloatArray,  # noqa: ARG002 - the landmarks say more
        size: tuple[int, int],
    ) -> tuple[ImageArray, FloatArray]:
        """Return the face at `landmarks` (5, 2) of an RGB photo at `size`, and its landmarks there.

        Raises:
            InputError: the landmarks are all in one place.
        """
        if self.mode == "3d":
            images, moved = frontalise(image[None], landmarks[None], size, symmetry=self.symmetry)
            return images[0], moved[0]
        matrices = similarity(landmarks[None], template(size))
        points = apply(matrices, landmarks[None])[0].astype(np.float32)
        return warp_one(image, matrices[0], size), points

    def between(self, from_size: Size, to_size: Size) -> Matrix:
        """Return the matrix (2, 3) from the template's picture of one size to that of another."""
        return template_between(self.template, from_size, to_size)
