"""Base classes of generators: a space of numbers, each point of which is a face."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from faceaudit.progress import Progress, silent
from faceaudit.registry import Component, Registry
from faceaudit.types import FaceSet, FloatArray, ImageArray

if TYPE_CHECKING:
    from torch import nn


class LatentSpace(ABC):
    """A space of latent vectors (latents), which are standard normal for faces as they come.

    Attributes:
        dimensions: D, the length of a latent vector.
        size: height and width of the pictures.
    """

    dimensions: int
    size: tuple[int, int]

    @abstractmethod
    def images(self, latents: FloatArray) -> ImageArray:
        """Return the (N, H, W, 3) uint8 pictures of (N, D) latents; the same for the same ones."""

    def draw(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return (count, D) latents of faces as they come."""
        return rng.standard_normal((count, self.dimensions)).astype(np.float32)

    def latents(self, images: ImageArray) -> FloatArray | None:
        """Return (N, D) latents of photos, from which a search may start; None where unknown."""
        del images
        return None

    def differentiable(self) -> nn.Module | None:
        """Return a module from (N, D) latents to (N, H, W, 3) pixels of 0 to 255, as floats.

        Derivatives flow through it. None where there is no such module: the space can be searched,
        and not descended.
        """
        return None


class Generator(Component):
    """A way to make faces; an author writes `space`.

    Other packages bring a generator of their own, such as a trained network, as a component of this
    family.

    Attributes:
        learns: whether it learns from photos; one that does not is given none.
        descends: whether derivatives flow through its pictures.
        knows_photos: whether photos have latents in its space.
    """

    family: ClassVar[str] = "generator"
    learns: ClassVar[bool] = True
    descends: ClassVar[bool] = True
    knows_photos: ClassVar[bool] = True

    @abstractmethod
    def space(
        self,
        faces: FaceSet | None,
        size: tuple[int, int],
        rng: np.random.Generator,
        *,
        progress: Progress = silent,
    ) -> LatentSpace:
        """Return the space of its faces at a size.

        Args:
            faces: photos of people who are not attacked, at that size; None where it learns from
                none.
            size: height and width of the pictures.
            rng: of what is drawn.
            progress: told of long work.

        Raises:
            InputError: it learns from photos and was given none.
        """


generators: Registry[Generator] = Registry(
    Generator,  # type: ignore[type-abstract]
    "faceaudit.attacks.inversion.generators",
)
