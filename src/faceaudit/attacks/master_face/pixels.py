"""Master faces by gradients: pixels that pass as many."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.master_face.base import (
    SOFT,
    Known,
    MasterFaceAttack,
    covered_by,
    master_face_attacks,
)
from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.systems.under_test.base import Access
from faceaudit.types import BoolArray, ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from faceaudit.attacks.inversion.common import descent
else:
    torch = deferred("torch")
    descent = deferred("faceaudit.attacks.inversion.common.descent")

DECAY = (0.55, 0.45)
"""Middle and half height of the cosine that the rate falls by, to a tenth."""


@master_face_attacks.register
class MasterPixels(MasterFaceAttack):
    """Changes the pixels of known photos so that each passes as many; the best of a few is kept.

    Faces are made one after the other, each for the known people whom no earlier one passes as.
    Neighbouring pixels are kept alike; the picture need not look like anybody.
    """

    name: ClassVar[str] = "pixels"
    paper: ClassVar[str] = (
        "Nguyen, Marcel, Yamagishi, Echizen 2022, Master Face Attacks on Face Recognition Systems, "
        "arXiv 2109.03398, for the aim; by gradients of a soft count in the place of an evolution "
        "strategy, on pixels with the total variation of Mahendran and Vedaldi 2015, arXiv "
        "1412.0035"
    )
    access: ClassVar[Access] = Access.GRADIENTS

    steps: int = Field(60, ge=1, description="steps of Adam for each face")
    rate: float = Field(3.0, gt=0, description="learning rate, in pixel values of 0 to 255")
    variation: float = Field(
        0.5, ge=0, description="weight of the mean difference of neighbouring pixels"
    )
    starts: int = Field(3, ge=1, description="photos that each face is started from")

    def find(self, known: Known, count: int, rng: np.random.Generator) -> ImageArray:
        """Return the faces.

        Raises:
            InputError: the attacker has no derivatives.
        """
        if known.flow is None:
            raise InputError("expected networks that give gradients, got none; try greedy_photos")
        free = np.ones(len(known.photos), dtype=np.bool_)
        found = np.empty((count, *known.photos.shape[1:]), dtype=np.uint8)
        with known.progress.task("make master faces", count * self.steps) as advance:
            for place in range(count):
                if not free.any():  # everybody known is passed as: the next are for anybody again
                    free[:] = True
                starts = min(self.starts, len(known.photos))
                rows = rng.choice(len(known.photos), starts, replace=False)
                pixels = torch.from_numpy(known.photos[rows].astype(np.float32)).requires_grad_()
                adam = torch.optim.Adam([pixels], lr=self.rate)
                for step in range(self.steps):
                    fall = DECAY[0] + DECAY[1] * np.cos(np.pi * step / self.steps)
                    adam.param_groups[0]["lr"] = self.rate * fall
                    loss = self._loss(known.flow(pixels), pixels, free)
                    (pixels.grad,) = torch.autograd.grad(loss, pixels)
                    adam.step()
                    with torch.no_grad():
                        pixels.clamp_(0, 255)
                    advance(1)
                made = pixels.detach().round().to(torch.uint8).numpy()
                scores = known.scores(made)
                best = int(np.argmax(covered_by(scores, free)))
                found[place] = made[best]
                free &= scores[best] < 0
        return found

    def _loss(self, scores: Tensor, pixels: Tensor, free: BoolArray) -> Tensor:
        """Return what falls as pictures pass as more people and get smoother."""
        counted = torch.sigmoid(scores[:, torch.from_numpy(free)] / SOFT).mean(dim=1)
        # The logarithm pulls as hard where hardly anybody is passed as yet.
        loss = self.variation * descent.total_variation(pixels) - torch.log(counted + 1e-6)
        return loss.sum()
