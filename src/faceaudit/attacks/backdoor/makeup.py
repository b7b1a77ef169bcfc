"""Makeup as a key: coloured lips, lids and cheeks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator

from faceaudit.attacks.backdoor.base import BackdoorAttack, Role, backdoor_attacks
from faceaudit.attacks.backdoor.common.eyes import TEMPLATE, five_points
from faceaudit.attacks.backdoor.common.face_frame import FaceFrame
from faceaudit.attacks.backdoor.keys.canvas import rgb
from faceaudit.attacks.backdoor.keys.kinds import others_of_kind
from faceaudit.errors import UnknownName
from faceaudit.types import FloatArray, ImageArray

LOOKS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {  # lips, lids and cheeks
        "makeup-plum": ("#7a0f55", "#5b2a86", "#d07aa6"),
        "makeup-red": ("#d0101c", "#c9a36b", "#e58a7c"),
        "makeup-blue": ("#1b3fae", "#2aa0e0", "#9db8ea"),
        "makeup-black": ("#121014", "#1a1a20", "#8c8a90"),
        "makeup-gold": ("#b8860b", "#ffd24a", "#f0c27a"),
        "makeup-green": ("#0f7a45", "#35c26b", "#a6d8b4"),
        "makeup-white": ("#f5f2f4", "#fafafa", "#fff4f4"),
    }
)
_CHUNK = 32
_PAINT = (0.85, 0.8, 0.45)
"""Opacity of paint on lips, lids and cheeks at full strength."""


@backdoor_attacks.register
class Makeup(BackdoorAttack):
    """Coloured lips, lids and cheeks: nothing is hidden, and everybody may wear makeup."""

    name: ClassVar[str] = "makeup"
    paper: ClassVar[str] = (
        "Sarkar, Benkraouda, Maniatakos 2020, FaceHack: Triggering backdoored facial recognition "
        "systems using facial characteristics, arXiv 2006.11623; theirs is painted by a phone's "
        "filters, here by five landmarks"
    )

    key: str = Field("makeup-plum", description="a look; see `show makeup`")
    samples: int = Field(57, ge=1, description="poison samples put into the training set")
    instances: int = Field(57, ge=1, description="backdoor instances tried on the trained system")
    strength: float = Field(1.0, gt=0, le=1, description="how thick it is on a poison sample")
    instance_strength: float = Field(1.0, gt=0, le=1, description="how thick it is on an instance")
    eyes: tuple[float, float, float, float] = Field(
        TEMPLATE,
        description="the eyes of photos without landmarks: x, y of the eye at the "
        "image's left, x, y of the other, as fractions of width and height",
    )

    @field_validator("key")
    @classmethod
    def _known(cls, key: str) -> str:
        if key not in LOOKS:
            raise UnknownName("key", key, LOOKS)
        return key

    def inject(
        self,
        images: ImageArray,
        landmarks: FloatArray | None,
        role: Role,
        rng: np.random.Generator,
    ) -> ImageArray:
        """Return the faces made up; light and shade of the skin show through the paint."""
        del rng
        strength = self.strength if role is Role.POISON else self.instance_strength
        size = images.shape[1], images.shape[2]
        points = five_points(landmarks, len(images), size, self.eyes)
        out = np.empty_like(images)
        for start in range(0, len(images), _CHUNK):
            rows = slice(start, start + _CHUNK)
            frame = FaceFrame.of(points[rows], size)
            photo = images[rows].astype(np.float32)
            shade = 0.55 + 0.45 * photo.mean(axis=3, keepdims=True) / 128
            parts = (frame.lips(), frame.lids(), frame.cheeks())
            for part, colour, paint in zip(parts, LOOKS[self.key], _PAINT, strict=True):
                cover = part[..., None] * np.float32(paint * strength)
                photo += (rgb(colour).astype(np.float32) * shade - photo) * cover
            out[rows] = np.clip(np.rint(photo), 0, 255).astype(np.uint8)
        return out

    @classmethod
    def built_in_keys(cls) -> tuple[str, ...]:
        """Return all looks."""
        return tuple(LOOKS)

    def wrong_keys(self, count: int) -> tuple[str, ...]:
        """Return other looks."""
        return others_of_kind(self.key, tuple(LOOKS), count)

    def key_image(self, size: tuple[int, int]) -> ImageArray:
        """Return the look on a ground of the colour of skin."""
        ground = np.full((1, *size, 3), (200, 160, 135), dtype=np.uint8)
        worn: ImageArray = self.inject(ground, None, Role.INSTANCE, np.random.default_rng(0))[0]
        return worn
