"""The loss threshold attack: pairs with a low loss are taken for members."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.membership.base import (
    Observation,
    RatioMembershipAttack,
    membership_attacks,
)
from faceaudit.types import Float64Array


@membership_attacks.register
class LossThreshold(RatioMembershipAttack):
    """Scores pairs by the verifier's loss, its mean over channels: lower is likelier.

    The logit of the right answer stands for a log likelihood ratio: it takes all pairs to be as
    hard as one another.
    """

    name: ClassVar[str] = "loss"
    paper: ClassVar[str] = "Yeom, Giacomelli, Fredrikson, Jha 2018, arXiv 1709.01604"

    def log_ratio(self, observation: Observation, rng: np.random.Generator) -> Float64Array:
        """Return (N,) mean logits of the right answer, a falling function of the loss."""
        del rng
        return np.asarray(observation.margins().mean(axis=1))
