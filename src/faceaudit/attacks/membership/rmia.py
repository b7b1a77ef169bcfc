"""The robust attack (RMIA): a pair's likelihood ratio against those of all other pairs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.membership.base import (
    CLIP,
    Observation,
    RatioMembershipAttack,
    checked_answers,
    membership_attacks,
)
from faceaudit.attacks.membership.common.shadows import shadow_answers, split_in_out
from faceaudit.errors import InputError
from faceaudit.types import BoolArray, Float64Array, FloatArray


@membership_attacks.register
class PairwiseRatio(RatioMembershipAttack):
    """Compares how much likelier the target makes a pair with how much likelier it makes others.

    With p the target's probability of the right answer and q that of the attacker's shadows, a
    pair's ratio is p / q; over several channels their geometric mean is taken. The score is the
    share of the other pairs z for which ratio / ratio(z) >= gamma. The attacker does not know who
    is a member, so all other pairs serve as z, not only non-members.

    Online, q is the mean of the mean over IN models and that over OUT models. Offline, it is
    ((1 + a) * mean over OUT models + (1 - a)) / 2; a = 0 was the strongest on LFW.

    All pairs share the population z, so a score never falls as its pair's ratio rises: for any
    gamma the ranking is that of the ratios, except that pairs with no z between them tie. A gamma
    above 1 ties all pairs whose ratio is below gamma times the smallest one, at 0. Logarithms of
    the ratios of pairs that are members together add up.
    """

    name: ClassVar[str] = "rmia"
    paper: ClassVar[str] = "Zarifzadeh, Liu, Shokri 2024, ICML, arXiv 2312.03262"
    shadowed: ClassVar[bool] = True
    gamma: float = Field(
        1.0, ge=1, description="how many times another pair's ratio counts as more; the paper: 2"
    )
    online: bool = Field(
        default=True,
        description="use shadows that were trained on the pair, too, not only others",
    )
    a: float = Field(
        0.0,
        ge=0,
        le=1,
        description="offline: shadows that were trained on a pair are taken to be right with "
        "probability a * that of the others + 1 - a; 0 takes them as certain, as overfitted ones "
        "are, 1 as like the others",
    )

    def log_ratio(self, observation: Observation, rng: np.random.Generator) -> Float64Array:
        """Return (N,) logarithms of p / q, the mean over channels.

        Raises:
            InputError: pairs without a needed IN or OUT model.
        """
        values = correct_probability(shadow_answers(observation), observation.same)
        split = split_in_out(values, observation, rng, online=self.online)
        reference = split.mean(split.out_mask)
        if self.online:
            reference = (reference + split.mean(split.in_mask)) / 2
        else:
            reference = ((1 + self.a) * reference + (1 - self.a)) / 2
        probability = correct_probability(observation.answers, observation.same)
        return np.asarray((np.log(probability) - np.log(reference)).mean(axis=1))

    def rank(self, log_ratio: Float64Array) -> Float64Array:
        """Return (N,) shares of the other records that each dominates, in [0, 1].

        Raises:
            InputError: fewer than two records.
        """
        if len(log_ratio) < 2:
            raise InputError(f"expected at least two records to compare, got {len(log_ratio)}")
        return share_dominated(log_ratio, float(np.log(self.gamma)))


def correct_probability(answers: FloatArray, same: BoolArray) -> Float64Array:
    """Return the probability of the right answer, (..., N, C), clipped at 1e-6."""
    clipped = np.clip(checked_answers(answers).astype(np.float64), CLIP, 1 - CLIP)
    return np.where(same[:, None], clipped, 1 - clipped)


def share_dominated(ratio: Float64Array, lead: float) -> Float64Array:
    """Return (N,) shares of the other values that are at least `lead` (>= 0) below each.

    >>> share_dominated(np.array([0.0, 3.0, 1.0]), 1.0)
    array([0. , 1. , 0.5])
    """
    below = np.searchsorted(np.sort(ratio), ratio - lead, side="right")
    itself = 1 if lead == 0 else 0
    return np.asarray((below - itself) / (len(ratio) - 1))
