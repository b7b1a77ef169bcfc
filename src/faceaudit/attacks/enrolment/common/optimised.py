"""What attacks have in common that search for a pattern within an outline."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from faceaudit.attacks.enrolment.base import KeyAttack, Surrogates, WornKey, digest_of
from faceaudit.attacks.enrolment.common.shapes import Outline, shuffled
from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.types import IntArray

if TYPE_CHECKING:
    from faceaudit.attacks.enrolment.common import optimising
else:
    optimising = deferred("faceaudit.attacks.enrolment.common.optimising")


class OptimisedKey(KeyAttack):
    """A pattern of one outline, searched for by gradients of networks in hand."""

    networks: int = Field(
        1, ge=1, description="networks in hand: so many of the audit's, from the first"
    )
    steps: int = Field(110, ge=1, description="steps of Adam")
    rate: float = Field(0.25, gt=0, description="learning rate, which decays to a tenth of this")
    batch: int = Field(16, ge=2, description="people who wear the pattern at each step")
    jitter: float = Field(
        0.03,
        ge=0,
        le=0.5,
        description="how far the key is moved, scaled and turned while it is searched for, as a "
        "share of the distance between the eyes",
    )
    opacity: float = Field(
        1.0,
        gt=0,
        le=1,
        description="of the pattern; below 1 the face shines through, against checks that look for "
        "covered faces",
    )

    usual_length: bool = Field(
        default=False,
        description="whether wearers' embeddings are to be as long as those of bare faces, against "
        "checks of quality",
    )

    @property
    def networks_in_hand(self) -> int:
        """As many as it was told."""
        return self.networks

    @abstractmethod
    def outline(self) -> Outline:
        """Return what the key covers."""

    def material(self) -> str:
        """Return a digest of the outline."""
        outline = self.outline()
        return digest_of(WornKey(outline.filled(np.zeros((*outline.covered.shape, 3), np.uint8))))

    def check_donors(self, photos: IntArray) -> None:
        """Raise where too few people, or with too few photos, are there to search with.

        Raises:
            InputError: so it is.
        """
        optimising.check_wearers(photos, paired=self.search().own > 0)

    def search(self) -> optimising.Search:
        """Return how the pattern is searched for: wearers are to be as alike as can be."""
        return optimising.Search(
            steps=self.steps,
            rate=self.rate,
            batch=self.batch,
            jitter=self.jitter,
            alike=1.0,
            opacity=self.opacity,
            usual_length=self.usual_length,
        )

    def make(self, surrogates: Surrogates | None, rng: np.random.Generator) -> WornKey:
        """Return the pattern to wear.

        Raises:
            InputError: no network is in hand, one gives no gradients, or there are too few people.
        """
        if surrogates is None or len(surrogates.embedders) < self.networks:
            there = 0 if surrogates is None else len(surrogates.embedders)
            raise InputError(
                f"expected {self.networks} networks in hand, got {there}; lower `networks`"
            )
        outline = self.outline()
        return WornKey(
            outline.filled(optimising.search_pattern(outline, surrogates, self.search(), rng)),
            self.opacity,
        )

    def wrong_keys(self, key: WornKey, count: int, rng: np.random.Generator) -> tuple[WornKey, ...]:
        """Return keys of the same outline and colours, whose pieces lie in another order."""
        outline = self.outline()
        return tuple(
            WornKey(
                outline.filled(shuffled(key.accessory.rgba[..., :3], outline.covered, rng)),
                key.opacity,
            )
            for _ in range(count)
        )
