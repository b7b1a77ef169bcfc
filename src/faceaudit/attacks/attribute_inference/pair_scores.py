"""An attribute attack from scores alone: how alike a photo is to photos that the attacker has."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.attribute_inference.base import (
    AttributeAttack,
    Labelled,
    attribute_attacks,
)
from faceaudit.attacks.attribute_inference.common.linear import Features, linear_scores
from faceaudit.types import Float64Array, FloatArray, IntArray


@attribute_attacks.register
class PairScores(AttributeAttack):
    """Sees no template: the system says how alike a photo is to photos of labelled people.

    The scores of a photo with the references, which are photos of as many labelled people as there
    are, are its features; logistic regression learns from those of the labelled people. Each
    score is a query.
    """

    name: ClassVar[str] = "pair_scores"
    paper: ClassVar[str] = (
        "scores to reference faces as a description of a face: Schroff, Treibitz, Kriegman, "
        "Belongie 2011, Pose, illumination and expression invariant pairwise face-similarity "
        "measure via Doppelganger list comparison, ICCV; as an attack on attributes ours"
    )
    access: ClassVar[str] = "scores of a photo of theirs with the attacker's own photos"
    knowledge: ClassVar[str] = "photos of other people with their attribute"

    references: int = Field(
        100, ge=1, description="photos of labelled people that each photo is compared with"
    )
    strengths: tuple[float, ...] = Field(
        (1e-4, 1e-3, 1e-2, 1e-1),
        min_length=1,
        description="inverse L2 penalties that one is chosen of, for features of spread 1",
    )

    def scores(
        self, labelled: Labelled, templates: FloatArray, rng: np.random.Generator
    ) -> Float64Array:
        """Return (M, values) probabilities, from cosines with the references alone."""
        chosen = labelled.templates[self._references(labelled)]
        known, asked = labelled.templates @ chosen.T, templates @ chosen.T
        return linear_scores(Features.of(known, asked), labelled, self.strengths, rng)

    def queries(self, labelled: Labelled, attacked: int) -> int:
        """Return how many scores are asked for: of labelled and of attacked photos."""
        count = len(self._references(labelled))
        return count * (len(labelled.value) + attacked)

    def _references(self, labelled: Labelled) -> IntArray:
        """Return rows: the first photo of everybody, then the second, as many as wanted."""
        order = np.argsort(labelled.people, kind="stable")
        people = labelled.people[order]
        first = np.searchsorted(people, people)
        rank = np.arange(len(people)) - first
        rows: IntArray = order[np.lexsort((order, rank))][: self.references]
        return rows
