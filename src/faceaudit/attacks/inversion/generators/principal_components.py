"""Generator: principal components of photos."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.inversion.generators.base import Generator, LatentSpace, generators
from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.progress import Progress, silent
from faceaudit.types import FaceSet, FloatArray, ImageArray

if TYPE_CHECKING:
    from scipy import linalg
    from torch import nn

    from faceaudit.attacks.inversion.generators.common import linear
else:
    linalg = deferred("scipy.linalg")
    linear = deferred("faceaudit.attacks.inversion.generators.common.linear")

BLOCK = 512
"""Pictures that are worked on as floats at once."""


@generators.register
class PrincipalComponents(Generator):
    """The average of other people's photos and the directions in which those differ most.

    Latents are coordinates along the directions, divided by the photos' standard deviation there.
    Components are exact, from the products of photos with one another.
    """

    name: ClassVar[str] = "principal_components"
    paper: ClassVar[str] = (
        "Turk and Pentland 1991, Eigenfaces for Recognition, J. Cognitive Neuroscience 3(1)"
    )

    count: int = Field(
        400, ge=1, le=2_000, description="components; one less than the photos at most"
    )
    photos: int = Field(
        2_000,
        ge=3,
        le=20_000,
        description="photos to learn from at most, drawn; each takes half a megabyte of memory at "
        "112 x 112 pixels",
    )

    def space(
        self,
        faces: FaceSet | None,
        size: tuple[int, int],
        rng: np.random.Generator,
        *,
        progress: Progress = silent,
    ) -> LatentSpace:
        """Return the space that the photos' components span.

        Raises:
            InputError: there are fewer than three photos, all are alike, or they are of another
                size.
        """
        if faces is None or len(faces) < 3:
            raise InputError(
                f"expected three photos or more to learn components from, got "
                f"{0 if faces is None else len(faces)}"
            )
        if faces.size != size:
            raise InputError(f"expected photos of {size}, got {faces.size}")
        rows = np.sort(rng.permutation(len(faces))[: self.photos])
        count = min(self.count, len(rows) - 1)
        with progress.task("learn principal components", 1) as advance:
            pixels = faces.images[rows].reshape(len(rows), -1).astype(np.float32)
            mean = pixels.mean(axis=0)
            pixels -= mean
            products = (pixels @ pixels.T).astype(np.float64) / len(rows)
            last = len(rows) - 1
            variance, sides = linalg.eigh(products, subset_by_index=[last - count + 1, last])
            keep = np.flatnonzero(variance > 1e-6 * max(float(variance[-1]), 1e-6))[::-1]
            if not len(keep):
                raise InputError("expected photos that differ, got equal ones")
            sides = sides[:, keep]
            # Either sign is one: that of the photo farthest out along it is positive.
            sides *= np.sign(sides[np.abs(sides).argmax(axis=0), np.arange(len(keep))])
            # Of length s, the photos' standard deviation along it.
            directions = (sides.T / np.sqrt(len(rows))).astype(np.float32) @ pixels
            advance(1)
        return ComponentSpace(mean, directions, size)


class ComponentSpace(LatentSpace):
    """Pictures as a mean and directions.

    Args:
        mean: (P,) pixels, 0 to 255.
        directions: (D, P) one standard deviation each, at right angles to one another.
        size: height and width; P is height times width times 3.
    """

    def __init__(self, mean: FloatArray, directions: FloatArray, size: tuple[int, int]) -> None:
        self._mean, self._directions = mean, directions
        self.size, self.dimensions = size, len(directions)

    def images(self, latents: FloatArray) -> ImageArray:
        """Return the pictures, rounded and clipped."""
        out = np.empty((len(latents), *self.size, 3), dtype=np.uint8)
        for start in range(0, len(latents), BLOCK):
            block = slice(start, start + BLOCK)
            pixels = np.asarray(latents[block], dtype=np.float32) @ self._directions
            pixels += self._mean + np.float32(0.5)
            out[block] = np.clip(pixels, 0, 255).astype(np.uint8).reshape(-1, *self.size, 3)
        return out

    def latents(self, images: ImageArray) -> FloatArray:
        """Return the coordinates of photos: of those nearest to them in this space."""
        out = np.empty((len(images), self.dimensions), dtype=np.float32)
        variance = np.sum(self._directions.astype(np.float64) ** 2, axis=1)
        for start in range(0, len(images), BLOCK):
            block = slice(start, start + BLOCK)
            pixels = images[block].reshape(-1, len(self._mean)).astype(np.float32) - self._mean
            out[block] = pixels @ self._directions.T / variance
        return out

    def differentiable(self) -> nn.Module:
        """Return a linear layer, clipped to what a picture can hold."""
        return linear.LinearPictures(self._mean, self._directions, self.size)
