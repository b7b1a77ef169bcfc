"""A plain key: a pair of glasses as they are sold."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator

from faceaudit.attacks.backdoor.keys import accessories, accessory, wrong_accessories
from faceaudit.attacks.enrolment.base import (
    KeyAttack,
    Surrogates,
    WornKey,
    digest_of,
    enrolment_attacks,
)


@enrolment_attacks.register
class PlainGlasses(KeyAttack):
    """A pair of glasses on the enrolled photo and on whoever wants to pass; nothing is computed."""

    name: ClassVar[str] = "plain_glasses"
    paper: ClassVar[str] = (
        "Chen et al. 2024 (FIBA), arXiv 2405.12786, with the accessories of Chen, Liu, Li, Lu, "
        "Song 2017, arXiv 1712.05526"
    )
    knowledge: ClassVar[str] = "nothing"

    key: str = Field(
        "sunglasses-wayfarer",
        description="a pair of glasses, also in another colour (NAME#rrggbb) or lower "
        "(NAME@PERCENT), or a PNG file with alpha; see `show accessory`",
    )

    @field_validator("key")
    @classmethod
    def _known(cls, key: str) -> str:
        if key not in accessories():  # those are drawn when they are needed, not for every plan
            accessory(key)
        return key

    def material(self) -> str:
        """Return a digest of the picture."""
        return digest_of(self.make(None, np.random.default_rng(0)))

    def make(self, surrogates: Surrogates | None, rng: np.random.Generator) -> WornKey:
        """Return the glasses."""
        del surrogates, rng
        return WornKey(accessory(self.key))

    def wrong_keys(self, key: WornKey, count: int, rng: np.random.Generator) -> tuple[WornKey, ...]:
        """Return other pairs of glasses."""
        del key, rng
        return tuple(WornKey(accessory(one)) for one in wrong_accessories(self.key, count))
