"""Inversion of another network's templates: adapted to a network that can be inverted."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, field_validator

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.templates.base import (
    Knowledge,
    TemplateInversion,
    template_inversions,
)
from faceaudit.errors import InputError
from faceaudit.systems.embedding.adapter import LinearAdapter
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray


def _dump(attack: TemplateInversion) -> dict[str, Any]:
    return attack.spec().as_json()


@template_inversions.register
class Adapted(TemplateInversion):
    """Brings templates of another network into the attacked one's space, and inverts them there.

    One linear map, learned from photos of other people that both networks embedded, is all that is
    known of the network which the templates were stolen from.
    """

    name: ClassVar[str] = "adapted"
    version: ClassVar[int] = 2
    paper: ClassVar[str] = (
        "Face Adapter 2024, arXiv 2411.03960: one linear layer from any embedding into the space "
        "of another network, here fitted in closed form; the inversion there is another attack"
    )
    foreign: ClassVar[bool] = True

    inversion: Annotated[
        SerializeAsAny[TemplateInversion],
        BeforeValidator(template_inversions.build),
        PlainSerializer(_dump),
    ] = Field(
        "decoder", validate_default=True, description="how the adapted templates are inverted"
    )
    photos: int = Field(1_000, ge=2, description="photos that the map is learned from at most")

    @field_validator("inversion")
    @classmethod
    def _asks_nothing(cls, attack: TemplateInversion) -> TemplateInversion:
        if attack.foreign or attack.access not in (Access.EMBEDDINGS, Access.GRADIENTS):
            raise ValueError(
                f"expected an attack that asks nothing of the system, got {attack.name!r}: the "
                "templates that it holds are not those which were stolen; try decoder or white_box"
            )
        return attack

    @property
    def access(self) -> Access:
        """What the attack on adapted templates needs."""
        return self.inversion.access

    def invert(
        self, stolen: FloatArray, knowledge: Knowledge, rng: np.random.Generator
    ) -> Reconstructions:
        """Return a face for each of (T, F) templates of the other network.

        Raises:
            InputError: the learned photos' templates by the other network are not known, or the
                attack raises one.
        """
        if knowledge.foreign is None:
            raise InputError(
                "expected templates of the learned photos by the network that was stolen from, "
                "got none"
            )
        # Drawn apart, so that the attack learns the same as one on the network's own templates.
        (apart,) = rng.spawn(1)
        rows = np.sort(apart.permutation(len(knowledge.templates))[: self.photos])
        adapter = LinearAdapter.fit(
            knowledge.foreign[rows], knowledge.templates[rows], knowledge.learned.identity[rows]
        )
        return self.inversion.invert(adapter.adapt(stolen), replace(knowledge, foreign=None), rng)
