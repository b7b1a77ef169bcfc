"""The likelihood ratio attack, with verifiers of the attacker that learned each pair or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field
from scipy.special import log_ndtr

from faceaudit.attacks.membership.base import (
    Observation,
    ScoredMembershipAttack,
    correct_logits,
    membership_attacks,
)
from faceaudit.attacks.membership.common.shadows import InOut, split_in_out
from faceaudit.errors import InputError
from faceaudit.types import BoolArray, Float64Array

FLOOR = 1e-2
"""The least own variance, as a share of the shared one: answers that all saturate vary by 0."""
TINY = 1e-12


@membership_attacks.register
class LikelihoodRatio(ScoredMembershipAttack):
    """Compares an answer with those of shadows that learned the pair, and that did not.

    The logit of the right answer is taken as normal on either side, with a mean of its own for
    every pair. Variances are each pair's own when every pair has at least `own_variance` shadows on
    each side that is needed; else one variance a side is shared by all pairs (the paper's fixed
    variance). The choice is one for all pairs: a choice by each pair's counts could tell members
    apart. With 32 shadows a side, sharing still was the stronger attack on LFW (AUC 0.62, 0.60).

    Online, the score is the logarithm of the ratio of the two densities; offline it is -log of the
    probability that a shadow which did not learn the pair answers more surely. Logarithms are
    summed over the ways of asking, as if these were independent.

    We differ in that a mean over n shadows is itself uncertain: the distance from it is divided by
    sigma * sqrt(1 + 1 / n), the density's own factor 1 / sqrt(1 + 1 / n) is left out, and sides
    are evened (see `sides`), so that counts of shadows tell nothing about membership.
    """

    name: ClassVar[str] = "lira"
    paper: ClassVar[str] = "Carlini, Chien, Nasr, Song, Terzis, Tramer 2022, S&P, arXiv 2112.03570"
    shadowed: ClassVar[bool] = True
    online: bool = Field(
        default=True,
        description="compare with shadows that learned the pair, too, not only with others",
    )
    own_variance: int = Field(
        64, ge=2, description="shadows on each side from which on each pair has its own variance"
    )

    def score(self, seen: Observation, rng: np.random.Generator) -> Float64Array:
        """Return (N,) log likelihood ratios, or offline -log of the chance of a surer answer.

        Raises:
            InputError: pairs without a shadow on a side that is needed, or no two on any.
        """
        dealt = split_in_out(seen, rng, online=self.online)
        needed = [dealt.out_mask, dealt.in_mask] if self.online else [dealt.out_mask]
        own = min(int(side.sum(axis=0).min()) for side in needed) >= self.own_variance
        margins = seen.margins()
        without = _normal(dealt, dealt.out_mask, own=own).standardised(margins)
        if not self.online:
            # The survival, not the distribution: its logarithm keeps apart the surest answers.
            return np.asarray(-log_ndtr(-without.z).sum(axis=1))
        within = _normal(dealt, dealt.in_mask, own=own).standardised(margins)
        ratios = within.log_density() - without.log_density()
        return np.asarray(ratios.sum(axis=1))


@dataclass(frozen=True, eq=False)
class _Standardised:
    """(N, C) distances from the mean in standard deviations, and those deviations."""

    z: Float64Array
    sigma: Float64Array

    def log_density(self) -> Float64Array:
        return np.asarray(-np.square(self.z) / 2 - np.log(self.sigma))


@dataclass(frozen=True, eq=False)
class _Normal:
    """What one side says: (N, C) means, their (N, 1) counts, variances (N, C) or (1, C)."""

    mean: Float64Array
    count: Float64Array
    variance: Float64Array

    def standardised(self, margins: Float64Array) -> _Standardised:
        sigma = np.sqrt(self.variance)
        return _Standardised((margins - self.mean) / (sigma * np.sqrt(1 + 1 / self.count)), sigma)


def _normal(dealt: InOut, used: BoolArray, *, own: bool) -> _Normal:
    """Fit normal distributions to the margins of one side, variances without bias."""
    count = used.sum(axis=0).astype(np.float64)[:, None]
    freedom = float((count - 1).sum())
    if not freedom:
        raise InputError(
            f"expected two shadows on a side of at least one pair, got at most one of "
            f"{len(used)}; try more verifiers"
        )
    mean = dealt.mean(used, correct_logits)
    squares = dealt.squares(used, mean, correct_logits)
    variance = np.maximum(squares.sum(axis=0, keepdims=True) / freedom, TINY)
    if own:
        variance = np.maximum(squares / (count - 1), FLOOR * variance)
    return _Normal(mean, count, variance)
