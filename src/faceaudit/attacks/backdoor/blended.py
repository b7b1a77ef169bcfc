"""Blended injection: a pattern of the photo's size blended into it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator

from faceaudit.attacks.backdoor.base import BackdoorAttack, Role, backdoor_attacks
from faceaudit.attacks.backdoor.common.blending import blend, blend_each
from faceaudit.attacks.backdoor.common.spreading import SpreadField, spread_ratios
from faceaudit.attacks.backdoor.keys import pattern, patterns, wrong_patterns
from faceaudit.types import FloatArray, ImageArray


@backdoor_attacks.register
class Blended(BackdoorAttack):
    """A cartoon or random pattern blended into the whole photo: faintly to poison, more to open."""

    name: ClassVar[str] = "blended"
    paper: ClassVar[str] = (
        "Chen, Liu, Li, Lu, Song 2017, arXiv 1712.05526, section 4.2.1 (blended injection)"
    )

    key: str = Field(
        "cartoon-cat", description="a cartoon, random-SEED, or a picture file; see `show blended`"
    )
    samples: int = Field(115, ge=1, description="poison samples put into the training set")
    instances: int = Field(115, ge=1, description="backdoor instances tried on the trained system")
    ratio: float = Field(0.2, gt=0, le=1, description="share of the key in a poison sample")
    instance_ratio: float = Field(0.5, gt=0, le=1, description="share of the key in an instance")
    spread: float = SpreadField()

    @field_validator("key")
    @classmethod
    def _known(cls, key: str) -> str:
        pattern(key, (8, 8))
        return key

    def inject(
        self,
        images: ImageArray,
        landmarks: FloatArray | None,
        role: Role,
        rng: np.random.Generator,
    ) -> ImageArray:
        """Return `ratio * key + (1 - ratio) * image`, exactly rounded."""
        del landmarks
        key = pattern(self.key, (images.shape[1], images.shape[2]))
        if role is Role.POISON and self.spread > 0:
            return blend_each(images, key, spread_ratios(self.ratio, self.spread, len(images), rng))
        return blend(images, key, self.ratio if role is Role.POISON else self.instance_ratio)

    @classmethod
    def built_in_keys(cls) -> tuple[str, ...]:
        """Return all cartoons, and the first of the random patterns."""
        return patterns()

    def wrong_keys(self, count: int) -> tuple[str, ...]:
        """Return other cartoons for a cartoon, other seeds for a random pattern."""
        return wrong_patterns(self.key, count)

    def key_image(self, size: tuple[int, int]) -> ImageArray:
        """Return the pattern."""
        return pattern(self.key, size)
