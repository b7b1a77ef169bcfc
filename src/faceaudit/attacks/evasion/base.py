"""Base class of evasion attacks: photos changed within a budget so that a score rises."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from faceaudit.attacks.evasion.common.region import glasses
from faceaudit.attacks.evasion.common.shown import Shown
from faceaudit.registry import Component, Registry
from faceaudit.types import BoolArray, ImageArray


class EvasionAttack(Component):
    """Changes photos by derivatives; an author writes `change`, and `perturb` keeps the budget."""

    family: ClassVar[str] = "evasion_attack"
    plan_key: ClassVar[str] = "attack"

    budget: float = Field(
        8.0,
        ge=1,
        le=255,
        description="how much each value of a pixel changes at most, in whole steps of 0 to 255",
    )
    region: Literal["whole", "glasses"] = Field(
        "whole", description="which pixels change: all, or those of the frames of glasses"
    )

    @abstractmethod
    def change(self, shown: Shown, where: BoolArray, rng: np.random.Generator) -> ImageArray:
        """Return changed photos; what is beyond the budget is cut off by `perturb`.

        Args:
            shown: the photos, and what is to rise.
            where: (H, W) which pixels may change.
            rng: of everything that is drawn.
        """

    def perturb(self, shown: Shown, rng: np.random.Generator) -> ImageArray:
        """Return the photos, changed within budget and region, (N, H, W, 3) uint8."""
        where = self.where(shown.photos.shape[1:3])
        return self.within(shown.photos, self.change(shown, where, rng), where)

    def where(self, size: tuple[int, int]) -> BoolArray:
        """Return (H, W) which pixels of aligned photos may change."""
        return np.ones(size, dtype=np.bool_) if self.region == "whole" else glasses(size)

    def within(self, photos: ImageArray, changed: ImageArray, where: BoolArray) -> ImageArray:
        """Return changed photos cut to the whole steps of the budget, within the region."""
        most = int(self.budget)
        moved = np.clip(changed.astype(np.int16) - photos, -most, most)
        whole = photos + moved * where[..., None]
        return np.asarray(np.clip(whole, 0, 255), dtype=np.uint8)

    def noise(self, photos: ImageArray, rng: np.random.Generator) -> ImageArray:
        """Return photos with every value of the region moved by the whole budget, up or down.

        It is the null: the same budget, spent without knowing anything.
        """
        signs = rng.integers(0, 2, size=photos.shape, dtype=np.int16) * 2 - 1
        changed = np.clip(photos + signs * int(self.budget), 0, 255).astype(np.uint8)
        return self.within(photos, changed, self.where(photos.shape[1:3]))


evasion_attacks: Registry[EvasionAttack] = Registry(
    EvasionAttack,  # type: ignore[type-abstract]
    "faceaudit.attacks.evasion",
)
