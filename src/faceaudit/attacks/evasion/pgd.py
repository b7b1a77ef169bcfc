"""Evasion by projected gradient ascent."""

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

REACH = 2.5
"""How many budgets all steps together could go."""


@evasion_attacks.register
class Pgd(EvasionAttack):
    """Steps along the gradient's sign from a random place within the budget."""

    name: ClassVar[str] = "pgd"
    paper: ClassVar[str] = (
        "Madry, Makelov, Schmidt, Tsipras, Vladu 2017, arXiv 1706.06083, on the likeness of two "
        "photos in the place of a class, from one start; region glasses after Sharif, Bhagavatula, "
        "Bauer, Reiter 2016, Accessorize to a Crime, ACM CCS, without smoothness or colours that a "
        "printer has"
    )

    steps: int = Field(40, ge=1, description="steps, each of 2.5 budgets divided by their number")

    def change(self, shown: Shown, where: BoolArray, rng: np.random.Generator) -> ImageArray:
        """Return changed photos."""
        step = REACH * self.budget / self.steps
        how = ascent.Ascent(self.budget, self.steps, step, start=self.budget)
        return ascent.climb(shown, where, how, rng)
