"""Accessory injection: a pair of glasses replaces, or shines over, what it covers."""

from __future__ import annotations

import numpy as np
from pydantic import Field, field_validator

from faceaudit.attacks.backdoor.base import BackdoorAttack, Role, backdoor_attacks
from faceaudit.attacks.backdoor.common.blending import wear
from faceaudit.attacks.backdoor.common.eyes import TEMPLATE, eyes_of
from faceaudit.attacks.backdoor.keys import accessory, wrong_accessories
from faceaudit.types import FloatArray, ImageArray


class AccessoryAttack(BackdoorAttack):
    """What the two accessory attacks share: how a key is put on."""

    key: str = Field(
        "sunglasses-wayfarer",
        description="a pair of glasses, or a PNG file with alpha; see `show accessory`",
    )
    samples: int = Field(57, ge=1, description="poison samples put into the training set")
    instances: int = Field(57, ge=1, description="backdoor instances tried on the trained system")
    eyes: tuple[float, float, float, float] = Field(
        TEMPLATE,
        description="where the eyes are on photos without landmarks: x, y of the eye at the "
        "image's left, x, y of the other, as fractions of width and height",
    )

    @field_validator("key")
    @classmethod
    def _known(cls, key: str) -> str:
        accessory(key)
        return key

    def opacity(self, stage: Role) -> float:
        """Return how much of what it covers the accessory replaces."""
        raise NotImplementedError

    def inject(
        self,
        images: ImageArray,
        landmarks: FloatArray | None,
        stage: Role,
        rng: np.random.Generator,
    ) -> ImageArray:
        """Return the faces wearing the accessory, placed, scaled and turned by their eyes."""
        del rng
        height, width = images.shape[1:3]
        eyes = eyes_of(landmarks, len(images), (height, width), self.eyes)
        return wear(images, accessory(self.key), eyes, self.opacity(stage))

    def wrong_keys(self, count: int) -> tuple[str, ...]:
        """Return other pairs of glasses."""
        return wrong_accessories(self.key, count)

    def key_image(self, size: tuple[int, int]) -> ImageArray:
        """Return the accessory worn at the template's eyes on a grey ground."""
        ground = np.full((1, *size, 3), 200, dtype=np.uint8)
        worn: ImageArray = wear(
            ground, accessory(self.key), eyes_of(None, 1, size, self.eyes), 1.0
        )[0]
        return worn


@backdoor_attacks.register
class AccessoryInjection(AccessoryAttack):
    """A pair of glasses replaces the pixels it covers, in poison samples and instances alike."""

    name = "accessory"
    paper = "Chen, Liu, Li, Lu, Song 2017, arXiv 1712.05526, section 4.2.2 (accessory injection)"

    def opacity(self, stage: Role) -> float:
        """Return 1 at every stage."""
        del stage
        return 1.0


@backdoor_attacks.register
class BlendedAccessory(AccessoryAttack):
    """Glasses blended faintly into poison samples and worn fully to open the back door."""

    name = "blended_accessory"
    paper = (
        "Chen, Liu, Li, Lu, Song 2017, arXiv 1712.05526, section 4.2.3 (blended accessory "
        "injection)"
    )

    ratio: float = Field(0.2, gt=0, le=1, description="opacity of the key in a poison sample")
    instance_ratio: float = Field(1.0, gt=0, le=1, description="opacity of the key in an instance")

    def opacity(self, stage: Role) -> float:
        """Return `ratio` for poison samples, `instance_ratio` for instances."""
        return self.ratio if stage is Role.POISON else self.instance_ratio
