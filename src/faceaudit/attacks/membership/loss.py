"""The simplest attack: pairs that a verifier is surely right about were learned from."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.membership.base import (
    Observation,
    ScoredMembershipAttack,
    membership_attacks,
)
from faceaudit.types import Float64Array


@membership_attacks.register
class LossThreshold(ScoredMembershipAttack):
    """The lower the loss, the more likely a member; of several ways to ask, their mean counts."""

    name: ClassVar[str] = "loss"
    paper: ClassVar[str] = "Yeom, Giacomelli, Fredrikson, Jha 2018, arXiv 1709.01604"

    def score(self, seen: Observation, rng: np.random.Generator) -> Float64Array:
        """Return the mean logit of the right answer, a falling function of the loss."""
        del rng
        return np.asarray(seen.margins().mean(axis=1))
