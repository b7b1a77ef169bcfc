"""Pictures that are linear in their latents, as modules."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from faceaudit.types import FloatArray


class LinearPictures(nn.Module):
    """Latents to pixels: a mean and directions, clipped to 0 to 255.

    Args:
        mean: (P,) pixels.
        directions: (D, P); None where latents are the pixels themselves, `scale` times.
        size: height and width; P is height times width times 3.
        scale: what latents are multiplied by without directions.
    """

    def __init__(
        self,
        mean: FloatArray,
        directions: FloatArray | None,
        size: tuple[int, int],
        *,
        scale: float = 1.0,
    ) -> None:
        super().__init__()
        self.mean: Tensor
        self.directions: Tensor | None
        self.register_buffer("mean", torch.from_numpy(mean.copy()))
        given = None if directions is None else torch.from_numpy(directions.copy())
        self.register_buffer("directions", given)
        self._size, self._scale = size, scale

    def forward(self, latents: Tensor) -> Tensor:
        """Return (N, H, W, 3) pixels of (N, D) latents."""
        moved = latents * self._scale if self.directions is None else latents @ self.directions
        return (moved + self.mean).clamp(0, 255).view(-1, *self._size, 3)
