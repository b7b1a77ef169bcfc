"""Evasion by gradients with momentum, which carries over to other networks better."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.evasion.base import EvasionAttack, evasion_attacks
from faceaudit.attacks.evasion.common.shown import Shown
from faceaudit.deferred import deferred
from faceaudit.types import BoolArray, ImageArray

if TYPE_CHECKING:
    from faceaudit.attacks.evasion.common import ascent
else:
    ascent = deferred("faceaudit.attacks.evasion.common.ascent")


START = 0.25
"""How far off the photo, in values of a pixel: it is rounded away where no gradient pulls."""


@evasion_attacks.register
class MiFgsm(EvasionAttack):
    """Steps along the sign of all gradients so far, from a little off the photo.

    A photo that is to be unlike itself has no gradient where it is: that is why it is moved first.
    """

    name: ClassVar[str] = "mi_fgsm"
    paper: ClassVar[str] = (
        "Dong, Liao, Pang, Su, Zhu, Hu, Li 2018, arXiv 1710.06081, on the likeness of two photos "
        "in the place of a class, and from a quarter of a value off the photo at most"
    )

    steps: int = Field(10, ge=1, description="steps, each of the budget divided by their number")
    momentum: float = Field(1.0, ge=0, description="share of the gradients so far that is kept")

    def change(self, shown: Shown, where: BoolArray, rng: np.random.Generator) -> ImageArray:
        """Return changed photos."""
        step = self.budget / self.steps
        start = min(START, self.budget)
        how = ascent.Ascent(self.budget, self.steps, step, self.momentum, start)
        return ascent.climb(shown, where, how, rng)
