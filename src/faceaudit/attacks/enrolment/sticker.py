"""A plain key: a coloured sticker on the cheek."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator

from faceaudit.attacks.backdoor.keys import Accessory, pattern, wrong_patterns
from faceaudit.attacks.enrolment.base import (
    KeyAttack,
    Surrogates,
    WornKey,
    digest_of,
    enrolment_attacks,
)
from faceaudit.attacks.enrolment.common.shapes import box_outline


@enrolment_attacks.register
class Sticker(KeyAttack):
    """A small picture that is stuck to a cheek."""

    name: ClassVar[str] = "sticker"
    paper: ClassVar[str] = (
        "Chen et al. 2024 (FIBA), arXiv 2405.12786; stickers as triggers after Gu, Dolan-Gavitt, "
        "Garg 2017, arXiv 1708.06733"
    )
    knowledge: ClassVar[str] = "nothing"

    key: str = Field("cartoon-cat", description="the picture on it; see `show blended`")
    side: float = Field(
        0.4, gt=0.05, le=1.5, description="height and width, in distances between the eyes"
    )

    @field_validator("key")
    @classmethod
    def _known(cls, key: str) -> str:
        pattern(key, (8, 8))
        return key

    def material(self) -> str:
        """Return a digest of the picture."""
        return digest_of(self.make(None, np.random.default_rng(0)))

    def make(self, surrogates: Surrogates | None, rng: np.random.Generator) -> WornKey:
        """Return the sticker."""
        del surrogates, rng
        return WornKey(self._sticker(self.key))

    def wrong_keys(self, key: WornKey, count: int, rng: np.random.Generator) -> tuple[WornKey, ...]:
        """Return stickers with other pictures."""
        del key, rng
        return tuple(WornKey(self._sticker(one)) for one in wrong_patterns(self.key, count))

    def _sticker(self, key: str) -> Accessory:
        outline = box_outline((0.55, 0.65), (self.side, self.side))
        return outline.filled(pattern(key, outline.covered.shape))
