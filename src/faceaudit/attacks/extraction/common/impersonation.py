"""Small changes of photos, made on a copy, that are to make a victim take people for others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.registry import Options
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
else:
    torch = deferred("torch")


class Impersonation(Options):
    """A change of each pixel that is too small to see, by gradients.

    PGD (Madry et al. 2018, arXiv 1706.06083), started at the photo itself.
    """

    most: int = Field(8, ge=1, le=255, description="change of a pixel at most, of 255")
    steps: int = Field(10, ge=1, description="gradient steps")
    photos: int = Field(120, ge=2, description="photos that are changed at most")


def change_photos(
    module: nn.Module,
    loss: Callable[[Tensor, slice], Tensor],
    images: ImageArray,
    options: Impersonation,
    *,
    batch: int = 32,
) -> ImageArray:
    """Return photos changed so that a loss on a network's answers falls.

    Args:
        module: from pixels (N, H, W, 3) of 0 to 255 to answers.
        loss: of the answers about some photos, given with which ones: their sum is made smaller.
        images: (N, H, W, 3) uint8; they stay as they are.
        options: how much and how long.
        batch: photos at once.
    """
    changed = np.empty_like(images)
    step = max(1.0, 2.5 * options.most / options.steps)
    for start in range(0, len(images), batch):
        some = slice(start, start + batch)
        original = torch.from_numpy(images[some].astype(np.float32))
        moved = original.clone()
        for _ in range(options.steps):
            moved = moved.requires_grad_()
            (slope,) = torch.autograd.grad(loss(module(moved), some), moved)
            moved = moved.detach() - step * slope.sign()
            moved = original + (moved - original).clamp(-options.most, options.most)
            moved = moved.clamp(0, 255)
        changed[some] = moved.round().to(torch.uint8).numpy()
    return changed


def noisy_photos(
    images: ImageArray, options: Impersonation, rng: np.random.Generator
) -> ImageArray:
    """Return photos of which each pixel is changed as much as can be, up or down by chance."""
    sign = rng.choice([-options.most, options.most], size=images.shape)
    return np.asarray(np.clip(images.astype(np.int64) + sign, 0, 255), dtype=np.uint8)
