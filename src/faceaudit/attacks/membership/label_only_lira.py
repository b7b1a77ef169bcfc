"""Label-only with shadows: a likelihood ratio of the distance to the decision boundary."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.membership.base import (
    Observation,
    RatioMembershipAttack,
    membership_attacks,
)
from faceaudit.attacks.membership.common.boundary import DistanceMembershipAttack
from faceaudit.attacks.membership.common.normals import log_likelihood_ratio
from faceaudit.attacks.membership.common.shadows import split_in_out
from faceaudit.errors import InputError
from faceaudit.types import Float64Array

NEAREST = 0.01
"""The least distance, as a part of the median one: where a verifier is wrong the distance is 0."""


@membership_attacks.register
class LabelOnlyRatio(DistanceMembershipAttack, RatioMembershipAttack):
    """Compares a distance from the decision boundary with those of shadows: LiRA on labels alone.

    The logarithm of the distance takes the place of the logit of the right answer; the attacker
    measures it on shadows as on the target. What a verifier answers beyond its decision does not
    matter: this is what rounded answers, bare labels and noise that changes no decision have to
    face.
    """

    name: ClassVar[str] = "label_only_lira"
    paper: ClassVar[str] = (
        "Choquette-Choo, Tramer, Carlini, Papernot 2021, arXiv 2007.14321, with the ratio of "
        "Carlini, Chien, Nasr, Song, Terzis, Tramer 2022, S&P, arXiv 2112.03570"
    )
    shadowed: ClassVar[bool] = True
    by_membership: ClassVar[bool] = True

    def log_ratio(self, observation: Observation, rng: np.random.Generator) -> Float64Array:
        """Return (N,) log likelihood ratios.

        Raises:
            InputError: distances were not measured, pairs without an IN or OUT model, or no two
                shadows on any side.
        """
        if observation.distance is None or observation.shadow_distances is None:
            raise InputError(
                "expected verifiers that the attacker trained, and distances of theirs and of the "
                "target's boundary, got none; `measure` them, or try more verifiers"
            )
        floor = max(NEAREST * float(np.median(observation.shadow_distances)), np.finfo(float).tiny)
        values = np.log(np.maximum(observation.shadow_distances, floor))[:, :, None]
        split = split_in_out(values, observation, rng, online=True)
        asked = np.log(np.maximum(observation.distance, floor))[:, None]
        return log_likelihood_ratio(asked, split, own=False)
