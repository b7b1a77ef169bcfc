"""The robust attack, which asks whether a verifier favours a pair more than it does others."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.membership.base import (
    CLIP,
    Observation,
    ScoredMembershipAttack,
    membership_attacks,
)
from faceaudit.attacks.membership.common.shadows import InOut, split_in_out
from faceaudit.errors import InputError
from faceaudit.types import BoolArray, Float64Array, FloatArray


@membership_attacks.register
class PairwiseRatio(ScoredMembershipAttack):
    """Compares how much likelier the target makes a pair with how much likelier it makes others.

    With p the target's probability of the right answer and q that of the attacker's own verifiers,
    a pair's ratio is p / q; over several ways of asking, ratios multiply (their geometric mean is
    taken). The score is the share of the other pairs z for which ratio / ratio(z) >= gamma. The
    attacker does not know who is a member, so all other pairs serve as z, not only non-members.

    Online, q is the mean of the mean over shadows that learned the pair and that over the others.
    Offline, it is ((1 + a) * mean over the others + (1 - a)) / 2; a = 0 was the strongest on LFW.

    All pairs share the population z, so a score never falls as its pair's ratio rises: for any
    gamma the ranking is that of the ratios, except that pairs with no z between them tie. A gamma
    above 1 ties all pairs whose ratio is below gamma times the smallest one, at 0.
    """

    name: ClassVar[str] = "rmia"
    paper: ClassVar[str] = "Zarifzadeh, Liu, Shokri 2024, ICML, arXiv 2312.03262"
    shadowed: ClassVar[bool] = True
    gamma: float = Field(
        1.0, ge=1, description="how many times another pair's ratio counts as beaten; the paper: 2"
    )
    online: bool = Field(
        default=True,
        description="use shadows that learned the pair, too, not only others",
    )
    a: float = Field(
        0.0,
        ge=0,
        le=1,
        description="offline: shadows that learned a pair are taken to answer a * what others do "
        "+ 1 - a; 0 takes them as certain, as overfitted ones are, 1 as no surer than others",
    )

    def score(self, seen: Observation, rng: np.random.Generator) -> Float64Array:
        """Return (N,) shares of the other pairs that a pair beats, in [0, 1].

        Raises:
            InputError: fewer than two pairs, or pairs without a shadow on a side that is needed.
        """
        if len(seen) < 2:
            raise InputError(f"expected at least two pairs to compare, got {len(seen)}")
        dealt = split_in_out(seen, rng, online=self.online)
        usual = self._reference_probability(dealt)
        ratio = np.log(correct_probability(seen.answers, seen.same)) - np.log(usual)
        return share_dominated(ratio.mean(axis=1), float(np.log(self.gamma)))

    def _reference_probability(self, dealt: InOut) -> Float64Array:
        """Return (N, C) what q is: the chance of the right answer, whoever was learned from."""
        without = dealt.mean(dealt.out_mask, correct_probability)
        if self.online:
            return (without + dealt.mean(dealt.in_mask, correct_probability)) / 2
        return ((1 + self.a) * without + (1 - self.a)) / 2


def correct_probability(answers: FloatArray, same: BoolArray) -> Float64Array:
    """Return the probability of the right answer, (N, C), clipped at 1e-6."""
    clipped = np.clip(answers.astype(np.float64), CLIP, 1 - CLIP)
    return np.where(same[:, None], clipped, 1 - clipped)


def share_dominated(ratio: Float64Array, lead: float) -> Float64Array:
    """Return (N,) shares of the other values that are at least `lead` (>= 0) below each.

    >>> beaten(np.array([0.0, 3.0, 1.0]), 1.0)
    array([0. , 1. , 0.5])
    """
    below = np.searchsorted(np.sort(ratio), ratio - lead, side="right")
    itself = 1 if lead == 0 else 0
    return np.asarray((below - itself) / (len(ratio) - 1))
