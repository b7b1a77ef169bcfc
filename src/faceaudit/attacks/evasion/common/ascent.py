"""Steps along the sign of a gradient, within a budget: what evasion attacks share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.attacks.evasion.common.shown import Shown
from faceaudit.deferred import deferred
from faceaudit.types import BoolArray, ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = deferred("torch")

CHUNK = 32
"""Photos that are changed at once: some 30 MB each of a MobileFaceNet."""


@dataclass(frozen=True)
class Ascent:
    """How photos climb.

    Attributes:
        budget: how much each value changes at most.
        steps: how many.
        step: length of each.
        momentum: share of the gradients so far that is kept; 0 for none.
        start: how far from the photo each value starts at most, at random; 0 starts from the photo.
    """

    budget: float
    steps: int
    step: float
    momentum: float = 0.0
    start: float = 0.0


def climb(shown: Shown, where: BoolArray, how: Ascent, rng: np.random.Generator) -> ImageArray:
    """Return photos (N, H, W, 3) uint8 after steps along the gradient's sign.

    Photos are changed in chunks of bounded memory, each on its own, and rounded at the end.
    """
    out = np.empty_like(shown.photos)
    title, chunks = "change photos", -(-len(out) // CHUNK)
    mask = torch.from_numpy(where[None, ..., None].astype(np.float32))
    with shown.progress.task(title, how.steps * chunks) as advance:
        for first in range(0, len(out), CHUNK):
            block = np.ascontiguousarray(shown.photos[first : first + CHUNK])
            rows = torch.arange(first, first + len(block))
            clean = torch.from_numpy(block).float()
            moved = torch.zeros_like(clean)
            if how.start:
                drawn = rng.uniform(-how.start, how.start, size=block.shape)
                moved = torch.from_numpy(drawn.astype(np.float32)) * mask
                moved = (clean + moved).clamp(0, 255) - clean
            kept = torch.zeros_like(clean)
            for _ in range(how.steps):
                moved, kept = _step(shown, clean, moved, kept, rows, mask, how)
                advance(1)
            out[first : first + len(block)] = (clean + moved.round()).to(torch.uint8).numpy()
    return out


def _step(
    shown: Shown,
    clean: Tensor,
    moved: Tensor,
    kept: Tensor,
    rows: Tensor,
    mask: Tensor,
    how: Ascent,
) -> tuple[Tensor, Tensor]:
    """Return how far each value is from its photo's after a step, and the gradients so far."""
    pixels = ((clean + moved).clamp(0, 255)).requires_grad_()
    (gradient,) = torch.autograd.grad(shown.score(pixels, rows).sum(), pixels)
    gradient = gradient * mask
    if how.momentum:
        length = gradient.abs().mean(dim=(1, 2, 3), keepdim=True).clamp(min=1e-12)
        gradient = kept = how.momentum * kept + gradient / length
    with torch.no_grad():
        moved = (moved + how.step * gradient.sign()).clamp(-how.budget, how.budget)
        moved = (clean + moved).clamp(0, 255) - clean
    return moved, kept
