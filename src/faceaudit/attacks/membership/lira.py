"""The likelihood ratio attack (LiRA): the target's answer against those of IN and OUT models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.membership.base import (
    Observation,
    ScoredMembershipAttack,
    correct_logits,
    membership_attacks,
)
from faceaudit.attacks.membership.common.shadows import InOut, split_in_out
from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.types import BoolArray, Float64Array

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

FLOOR = 1e-2
"""The least own variance, as a share of the shared one: saturated answers have variance 0."""
TINY = 1e-12
"""The least shared variance."""


@membership_attacks.register
class LikelihoodRatio(ScoredMembershipAttack):
    """Compares an answer with those of shadows that were trained on the pair, and that were not.

    The logit of the right answer is taken as normal for IN and for OUT models, with a mean of its
    own for every pair. Variances are each pair's own when every pair has at least `own_variance`
    IN and OUT models (offline: OUT models); else one variance a side is shared by all pairs (the
    paper's fixed variance). The choice is one for all pairs: a choice by each pair's counts could
    reveal members. With 32 shadows a side, sharing was still the stronger attack on LFW (AUC 0.62,
    0.60).

    Online, the score is the logarithm of the ratio of the two densities; offline it is -log of the
    probability that an OUT model is more confidently right. Logarithms are summed over the
    channels, as if these were independent.

    We differ in that a mean over n shadows is itself uncertain: the distance from it is divided by
    sigma * sqrt(1 + 1 / n), the density's own factor 1 / sqrt(1 + 1 / n) is left out, and both
    sides get as many shadows (see `split_in_out`), so that counts reveal nothing of membership.
    """

    name: ClassVar[str] = "lira"
    paper: ClassVar[str] = "Carlini, Chien, Nasr, Song, Terzis, Tramer 2022, S&P, arXiv 2112.03570"
    shadowed: ClassVar[bool] = True
    online: bool = Field(
        default=True,
        description="compare with shadows that were trained on the pair, too, not only with others",
    )
    own_variance: int = Field(
        64, ge=2, description="shadows on each side from which on each pair has its own variance"
    )

    def score(self, observation: Observation, rng: np.random.Generator) -> Float64Array:
        """Return (N,) log likelihood ratios; offline -log of the probability of a higher logit.

        Raises:
            InputError: pairs without a needed IN or OUT model, or no two on any side.
        """
        split = split_in_out(observation, rng, online=self.online)
        needed = [split.out_mask, split.in_mask] if self.online else [split.out_mask]
        own = min(int(mask.sum(axis=0).min()) for mask in needed) >= self.own_variance
        margins = observation.margins()
        out_side = _fit_normals(split, split.out_mask, own=own).standardised(margins)
        if not self.online:
            # The survival, not the distribution: its logarithm keeps apart the highest logits.
            return np.asarray(-special.log_ndtr(-out_side.z).sum(axis=1))
        in_side = _fit_normals(split, split.in_mask, own=own).standardised(margins)
        ratios = in_side.log_density() - out_side.log_density()
        return np.asarray(ratios.sum(axis=1))


@dataclass(frozen=True, eq=False)
class _Standardised:
    """(N, C) distances from the mean in standard deviations, and the standard deviations."""

    z: Float64Array
    sigma: Float64Array

    def log_density(self) -> Float64Array:
        return np.asarray(-np.square(self.z) / 2 - np.log(self.sigma))


@dataclass(frozen=True, eq=False)
class _Normals:
    """Normals of one side: (N, C) means, their (N, 1) counts, variances (N, C) or (1, C)."""

    mean: Float64Array
    count: Float64Array
    variance: Float64Array

    def standardised(self, margins: Float64Array) -> _Standardised:
        sigma = np.sqrt(self.variance)
        return _Standardised((margins - self.mean) / (sigma * np.sqrt(1 + 1 / self.count)), sigma)


def _fit_normals(split: InOut, mask: BoolArray, *, own: bool) -> _Normals:
    """Fit normal distributions to the logits of one side, variances without bias."""
    count = mask.sum(axis=0).astype(np.float64)[:, None]
    freedom = float((count - 1).sum())
    if not freedom:
        raise InputError(
            f"expected two shadows on a side of at least one pair, got at most one of "
            f"{len(mask)}; try more verifiers"
        )
    mean = split.mean(mask, correct_logits)
    squares = split.squares(mask, mean, correct_logits)
    variance = np.maximum(squares.sum(axis=0, keepdims=True) / freedom, TINY)
    if own:
        variance = np.maximum(squares / (count - 1), FLOOR * variance)
    return _Normals(mean, count, variance)
