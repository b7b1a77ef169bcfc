"""Mitigation: photos are blurred before they are embedded."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.mitigations.matching.base import MatchingMitigation, matching_mitigations
from faceaudit.types import FloatArray, ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import functional
else:
    torch = deferred("torch")
    functional = deferred("torch.nn.functional")

CHUNK = 256
"""Photos that are blurred at once."""


@matching_mitigations.register
class Blur(MatchingMitigation):
    """Photos, enrolled and shown, are blurred by a Gaussian before they are embedded."""

    name: ClassVar[str] = "blur"
    paper: ClassVar[str] = (
        "spatial smoothing of Xu, Evans, Qi 2017, Feature Squeezing, arXiv 1704.01155, by a "
        "Gaussian in the place of a median, as a transformation and not to detect"
    )
    changes: ClassVar[bool] = True

    sigma: float = Field(1.0, gt=0, le=8, description="standard deviation, in pixels")

    def change(self, images: ImageArray) -> ImageArray:
        """Return photos blurred and rounded."""
        out = np.empty_like(images)
        for start in range(0, len(images), CHUNK):
            pixels = torch.from_numpy(np.array(images[start : start + CHUNK])).float()
            blurred = self.flow(pixels).round().clamp(0, 255)
            out[start : start + CHUNK] = blurred.to(torch.uint8).numpy()
        return out

    def flow(self, pixels: Tensor) -> Tensor:
        """Return pixels blurred; the edge is repeated."""
        kernel = torch.from_numpy(gaussian(self.sigma)).to(pixels)
        reach = len(kernel) // 2
        maps = pixels.permute(0, 3, 1, 2)
        count = maps.shape[1]
        # Both ways apart: a Gaussian is the product of one down and one across.
        down = kernel.view(1, 1, -1, 1).expand(count, 1, -1, 1)
        across = kernel.view(1, 1, 1, -1).expand(count, 1, 1, -1)
        maps = functional.pad(maps, (reach, reach, reach, reach), mode="replicate")
        maps = functional.conv2d(functional.conv2d(maps, down, groups=count), across, groups=count)
        return maps.permute(0, 2, 3, 1)


def gaussian(sigma: float) -> FloatArray:
    """Return weights of a Gaussian that reach three standard deviations; their sum is 1.

    >>> [round(float(one), 2) for one in gaussian(0.5)]
    [0.0, 0.11, 0.79, 0.11, 0.0]
    """
    reach = max(1, round(3 * sigma))
    at = np.arange(-reach, reach + 1)
    weights = np.exp(-(at**2) / (2 * sigma**2))
    return np.asarray(weights / weights.sum(), dtype=np.float32)
