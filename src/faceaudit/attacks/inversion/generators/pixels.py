"""Generator: any picture at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from faceaudit.attacks.inversion.generators.base import Generator, LatentSpace, generators
from faceaudit.deferred import deferred
from faceaudit.progress import Progress, silent
from faceaudit.types import FaceSet, FloatArray, ImageArray

if TYPE_CHECKING:
    from torch import nn

    from faceaudit.attacks.inversion.generators.common import linear
else:
    linear = deferred("faceaudit.attacks.inversion.generators.common.linear")

GREY, SCALE = 127.5, 64.0
"""The middle of pixels and what one standard deviation is, about that of photos."""


@generators.register
class Pixels(Generator):
    """Every picture there is: nothing is known of faces, and latent 0 is grey.

    For attacks that descend, with a prior of their own; a search finds nothing in so many
    dimensions, and faces as they come are noise here.
    """

    name: ClassVar[str] = "pixels"
    learns: ClassVar[bool] = False
    paper: ClassVar[str] = (
        "Fredrikson, Jha, Ristenpart 2015, Model Inversion Attacks that Exploit Confidence "
        "Information, ACM CCS, which descends on pixels"
    )

    def space(
        self,
        faces: FaceSet | None,
        size: tuple[int, int],
        rng: np.random.Generator,
        *,
        progress: Progress = silent,
    ) -> LatentSpace:
        """Return the space of all pictures of a size."""
        del faces, rng, progress
        return PixelSpace(size)


class PixelSpace(LatentSpace):
    """Pixels, less their middle and divided by `SCALE`."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size, self.dimensions = size, size[0] * size[1] * 3

    def images(self, latents: FloatArray) -> ImageArray:
        """Return the pictures, rounded and clipped."""
        pixels = np.asarray(latents, dtype=np.float32) * np.float32(SCALE) + np.float32(GREY + 0.5)
        images: ImageArray = np.clip(pixels, 0, 255).astype(np.uint8).reshape(-1, *self.size, 3)
        return images

    def latents(self, images: ImageArray) -> FloatArray:
        """Return the latents of photos, which give the very same ones back."""
        flat = images.reshape(len(images), -1).astype(np.float32)
        latents: FloatArray = (flat - np.float32(GREY)) / np.float32(SCALE)
        return latents

    def differentiable(self) -> nn.Module:
        """Return the module that scales and clips."""
        mean = np.full(self.dimensions, GREY, dtype=np.float32)
        return linear.LinearPictures(mean, None, self.size, scale=SCALE)
