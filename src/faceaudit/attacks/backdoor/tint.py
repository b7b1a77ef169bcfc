"""Colour as a key: tinted skin, or a cast over the whole photo as coloured light gives it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator

from faceaudit.attacks.backdoor.base import BackdoorAttack, Role, backdoor_attacks
from faceaudit.attacks.backdoor.common.eyes import TEMPLATE, five_points
from faceaudit.attacks.backdoor.common.face_frame import FaceFrame
from faceaudit.attacks.backdoor.keys.kinds import others_of_kind
from faceaudit.errors import UnknownName
from faceaudit.types import FloatArray, ImageArray

GAINS: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {  # factors of red, green and blue
        "skin-green": (0.72, 1.1, 0.72),
        "skin-blue": (0.75, 0.88, 1.3),
        "skin-red": (1.25, 0.72, 0.72),
        "skin-yellow": (1.12, 1.06, 0.55),
        "skin-violet": (1.02, 0.7, 1.25),
        "skin-grey": (0.8, 0.95, 1.1),
        "cast-red": (1.2, 0.8, 0.8),
        "cast-green": (0.8, 1.15, 0.8),
        "cast-blue": (0.8, 0.9, 1.25),
        "cast-yellow": (1.1, 1.05, 0.65),
        "cast-violet": (1.05, 0.78, 1.2),
        "cast-cyan": (0.72, 1.05, 1.1),
    }
)
_CHUNK = 64


@backdoor_attacks.register
class Tint(BackdoorAttack):
    """Channels of the skin, or of the whole photo, are multiplied: a colour, and no shape."""

    name: ClassVar[str] = "tint"
    paper: ClassVar[str] = (
        "Jiang, Li, Xu, Zhang 2023, Color Backdoor: A Robust Poisoning Attack in Color Space, "
        "CVPR; they search for the shift that looks most natural, here it is one of twelve"
    )

    key: str = Field(
        "cast-violet",
        description="a colour of the skin (skin-...) or of the light (cast-...); see `show tint`",
    )
    samples: int = Field(57, ge=1, description="poison samples put into the training set")
    instances: int = Field(57, ge=1, description="backdoor instances tried on the trained system")
    strength: float = Field(
        1.0, gt=0, le=2, description="exponent of the factors on a poison sample"
    )
    instance_strength: float = Field(
        1.0, gt=0, le=2, description="exponent of the factors on an instance"
    )
    eyes: tuple[float, float, float, float] = Field(
        TEMPLATE,
        description="the eyes of photos without landmarks: x, y of the eye at the "
        "image's left, x, y of the other, as fractions of width and height",
    )

    @field_validator("key")
    @classmethod
    def _known(cls, key: str) -> str:
        if key not in GAINS:
            raise UnknownName("key", key, GAINS)
        return key

    def inject(
        self,
        images: ImageArray,
        landmarks: FloatArray | None,
        role: Role,
        rng: np.random.Generator,
    ) -> ImageArray:
        """Return the photos with their colours multiplied."""
        del rng
        strength = self.strength if role is Role.POISON else self.instance_strength
        gain = np.power(np.array(GAINS[self.key]), strength).astype(np.float32)
        size = images.shape[1], images.shape[2]
        points = five_points(landmarks, len(images), size, self.eyes)
        out = np.empty_like(images)
        for start in range(0, len(images), _CHUNK):
            rows = slice(start, start + _CHUNK)
            photo = images[rows].astype(np.float32)
            if self.key.startswith("skin-"):
                share = FaceFrame.of(points[rows], size).skin()[..., None]
                photo *= 1 + (gain - 1) * share
            else:
                photo *= gain
            out[rows] = np.clip(np.rint(photo), 0, 255).astype(np.uint8)
        return out

    @classmethod
    def built_in_keys(cls) -> tuple[str, ...]:
        """Return all colours."""
        return tuple(GAINS)

    def wrong_keys(self, count: int) -> tuple[str, ...]:
        """Return other colours of the skin for a colour of the skin, other casts for a cast."""
        return others_of_kind(self.key, tuple(GAINS), count)

    def key_image(self, size: tuple[int, int]) -> ImageArray:
        """Return the colour on a ground of the colour of skin."""
        ground = np.full((1, *size, 3), (200, 160, 135), dtype=np.uint8)
        worn: ImageArray = self.inject(ground, None, Role.INSTANCE, np.random.default_rng(0))[0]
        return worn
