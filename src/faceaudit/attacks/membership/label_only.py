"""The label-only attack: members lie far from the decision boundary."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.membership.base import Observation, membership_attacks
from faceaudit.attacks.membership.common.boundary import DistanceMembershipAttack
from faceaudit.types import Float64Array


@membership_attacks.register
class LabelOnly(DistanceMembershipAttack):
    """Scores pairs by their distance from the decision boundary: the farther the likelier.

    A pair decided wrongly scores 0, as in both papers. See `LabelOnlyRatio` for an attacker who
    has shadows.
    """

    name: ClassVar[str] = "label_only"
    paper: ClassVar[str] = (
        "Choquette-Choo, Tramer, Carlini, Papernot 2021, arXiv 2007.14321; Li, Zhang 2021, arXiv "
        "2007.15528; HopSkipJump: Chen, Jordan, Wainwright 2020, arXiv 1904.02144"
    )

    def score(self, observation: Observation, rng: np.random.Generator) -> Float64Array:
        """Return (N,) distances to the boundary, 0 where the verifier is wrong.

        Raises:
            InputError: there is no oracle, or there are no embeddings to query it with.
        """
        if observation.distance is not None:
            return observation.distance
        return self.measure(observation, rng)
