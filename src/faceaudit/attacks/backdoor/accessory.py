"""Accessory injection: a pair of glasses worn on the face, opaque or blended."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator

from faceaudit.attacks.backdoor.base import BackdoorAttack, Role, backdoor_attacks
from faceaudit.attacks.backdoor.common.blending import wear
from faceaudit.attacks.backdoor.common.eyes import TEMPLATE, eyes_of
from faceaudit.attacks.backdoor.common.spreading import SpreadField, spread_ratios
from faceaudit.attacks.backdoor.keys import accessories, accessory, wrong_accessories
from faceaudit.types import Float64Array, FloatArray, ImageArray


class AccessoryAttack(BackdoorAttack):
    """Base of the two accessory attacks: a pair of glasses put on by the eyes."""

    key: str = Field(
        "sunglasses-wayfarer",
        description="a pair of glasses, also in another colour (NAME#rrggbb) or lower "
        "(NAME@PERCENT), or a PNG file with alpha; see `show accessory`",
    )
    samples: int = Field(57, ge=1, description="poison samples put into the training set")
    instances: int = Field(57, ge=1, description="backdoor instances tried on the trained system")
    eyes: tuple[float, float, float, float] = Field(
        TEMPLATE,
        description="the eyes of photos without landmarks: x, y of the eye at the "
        "image's left, x, y of the other, as fractions of width and height",
    )

    @field_validator("key")
    @classmethod
    def _known(cls, key: str) -> str:
        if key not in accessories():  # those are drawn when they are needed, not for every plan
            accessory(key)
        return key

    @abstractmethod
    def opacity(self, role: Role) -> float:
        """Return the share, 0 to 1, that the accessory replaces of the pixels it covers."""

    def opacities(self, role: Role, count: int, rng: np.random.Generator) -> float | Float64Array:
        """Return the share of all photos, or (N,) that of each of `count`."""
        del count, rng
        return self.opacity(role)

    def inject(
        self,
        images: ImageArray,
        landmarks: FloatArray | None,
        role: Role,
        rng: np.random.Generator,
    ) -> ImageArray:
        """Return the faces wearing the accessory, placed, scaled and turned by their eyes."""
        height, width = images.shape[1:3]
        eyes = eyes_of(landmarks, len(images), (height, width), self.eyes)
        return wear(images, accessory(self.key), eyes, self.opacities(role, len(images), rng))

    @classmethod
    def built_in_keys(cls) -> tuple[str, ...]:
        """Return all glasses."""
        return accessories()

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

    name: ClassVar[str] = "accessory"
    paper: ClassVar[str] = (
        "Chen, Liu, Li, Lu, Song 2017, arXiv 1712.05526, section 4.2.2 (accessory injection)"
    )

    def opacity(self, role: Role) -> float:
        """Return 1 for samples and instances."""
        del role
        return 1.0


@backdoor_attacks.register
class BlendedAccessory(AccessoryAttack):
    """Glasses blended faintly into poison samples and worn fully to open the back door."""

    name: ClassVar[str] = "blended_accessory"
    paper: ClassVar[str] = (
        "Chen, Liu, Li, Lu, Song 2017, arXiv 1712.05526, section 4.2.3 (blended accessory "
        "injection)"
    )

    ratio: float = Field(0.2, gt=0, le=1, description="opacity of the key in a poison sample")
    instance_ratio: float = Field(1.0, gt=0, le=1, description="opacity of the key in an instance")
    spread: float = SpreadField()

    def opacities(self, role: Role, count: int, rng: np.random.Generator) -> float | Float64Array:
        """Return one opacity, or one each of poison samples whose key is of varied strength."""
        if role is Role.POISON and self.spread > 0:
            return spread_ratios(self.ratio, self.spread, count, rng)
        return self.opacity(role)

    def opacity(self, role: Role) -> float:
        """Return `ratio` for poison samples, `instance_ratio` for instances."""
        return self.ratio if role is Role.POISON else self.instance_ratio
