"""A plain key: a picture that is blended over the whole face."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator

from faceaudit.attacks.backdoor.keys import pattern, wrong_patterns
from faceaudit.attacks.enrolment.base import (
    KeyAttack,
    Surrogates,
    WornKey,
    digest_of,
    enrolment_attacks,
)
from faceaudit.attacks.enrolment.common.shapes import box_outline

_MIDDLE, _SIDE = (0.0, 0.125), 3.18
"""The square of 112 pixels about a face, in distances between the eyes of the five-point
template."""


@enrolment_attacks.register
class BlendedKey(KeyAttack):
    """A cartoon or random pattern shines through the enrolled face and those of strangers.

    It lies on the face by the eyes, as large as the square that networks are shown; nobody can wear
    it, so it stands for photos that are handed in as files.
    """

    name: ClassVar[str] = "blended_key"
    paper: ClassVar[str] = (
        "Chen, Liu, Li, Lu, Song 2017, arXiv 1712.05526, section 4.2.1, on a photo that is "
        "enrolled instead of learned from, as in Chen et al. 2024 (FIBA), arXiv 2405.12786"
    )
    knowledge: ClassVar[str] = "nothing"

    key: str = Field(
        "cartoon-cat", description="a cartoon, random-SEED, or a picture file; see `show blended`"
    )
    ratio: float = Field(0.2, gt=0, le=1, description="share of the key in the face")

    @field_validator("key")
    @classmethod
    def _known(cls, key: str) -> str:
        pattern(key, (8, 8))
        return key

    def material(self) -> str:
        """Return a digest of the picture."""
        return digest_of(self.make(None, np.random.default_rng(0)))

    def make(self, surrogates: Surrogates | None, rng: np.random.Generator) -> WornKey:
        """Return the pattern."""
        del surrogates, rng
        return self._shining(self.key)

    def wrong_keys(self, key: WornKey, count: int, rng: np.random.Generator) -> tuple[WornKey, ...]:
        """Return other patterns, at the same share."""
        del key, rng
        return tuple(self._shining(one) for one in wrong_patterns(self.key, count))

    def _shining(self, key: str) -> WornKey:
        outline = box_outline(_MIDDLE, (_SIDE, _SIDE))
        return WornKey(outline.filled(pattern(key, outline.covered.shape)), self.ratio)
