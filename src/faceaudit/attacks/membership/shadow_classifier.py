"""A classifier of members that was trained on shadows as if each were the target."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.membership.base import (
    Observation,
    RatioMembershipAttack,
    correct_logits,
    membership_attacks,
)
from faceaudit.attacks.membership.common.normals import TINY
from faceaudit.attacks.membership.common.shadows import shadow_answers
from faceaudit.errors import InputError
from faceaudit.types import BoolArray, Float64Array

REACH = 8.0
"""Standard deviations at which features are cut off: one pair cannot decide the fit."""


@membership_attacks.register
class ShadowClassifier(RatioMembershipAttack):
    """Learns from the attacker's own verifiers what a member's answers look like.

    Each shadow in turn is taken for the target and all others for its shadows; as the attacker
    trained them all, who is a member is known. The features of a pair are, for each channel and
    both orders of its photos, the logit of the right answer, its distances from the means of IN
    and of OUT models and the log likelihood ratio of LiRA, and beside these the cosine of its
    embeddings by each backbone and whether it shows one person. Logistic regression weighs them;
    on LFW gradient boosting found as much at a hundred times the time. The score is the log odds,
    which add up over pairs that are members together.

    Nothing that is known of the target's members is used. Halves must have been drawn without a
    look at one another, as an audit's are: where just half of all verifiers learned every pair,
    what one of them learned tells of the others.
    """

    name: ClassVar[str] = "shadow_classifier"
    paper: ClassVar[str] = (
        "Shokri, Stronati, Song, Shmatikov 2017, S&P, arXiv 1610.05820 (shadow models), with the "
        "features of Carlini, Chien, Nasr, Song, Terzis, Tramer 2022, S&P, arXiv 2112.03570"
    )
    shadowed: ClassVar[bool] = True
    by_membership: ClassVar[bool] = True
    weighs_channels: ClassVar[bool] = True
    both_orders: ClassVar[bool] = True

    def log_ratio(self, observation: Observation, rng: np.random.Generator) -> Float64Array:
        """Return (N,) log odds of being a member.

        Raises:
            InputError: no shadows, fewer than three, or none that learned a pair.
        """
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to load

        del rng
        shadows, asked = _channels_of(observation)
        inside, outside = _masks_of(observation)
        if len(shadows) < 3 or not inside.any() or not outside.any():
            raise InputError(
                f"expected at least three shadows, with members and non-members, got "
                f"{len(shadows)}; try more verifiers"
            )
        features, scored = _features(shadows, asked, inside, outside, _known_of(observation))
        known = inside | outside
        mean, spread = features[known].mean(axis=0), features[known].std(axis=0)
        spread[spread == 0] = 1

        def standardised(values: Float64Array) -> Float64Array:
            return np.asarray(np.clip((values - mean) / spread, -REACH, REACH))

        model = LogisticRegression(solver="newton-cholesky", max_iter=50)
        model.fit(standardised(features[known]), inside[known])
        return np.asarray(model.decision_function(standardised(scored)), dtype=np.float64)


def _channels_of(observation: Observation) -> tuple[Float64Array, Float64Array]:
    """Return the logits of the right answer of shadows (S, N, C) and target (N, C), both orders."""
    shadows, asked = shadow_answers(observation), observation.answers
    if observation.swapped is not None and observation.swapped_shadows is not None:
        shadows = np.concatenate([shadows, observation.swapped_shadows], axis=2)
        asked = np.concatenate([asked, observation.swapped], axis=1)
    return correct_logits(shadows, observation.same), correct_logits(asked, observation.same)


def _masks_of(observation: Observation) -> tuple[BoolArray, BoolArray]:
    inside = observation.in_mask
    if inside is None:
        raise InputError("expected what each shadow was trained on, got nothing; give in_mask")
    return inside, ~inside if observation.out_mask is None else observation.out_mask


def _known_of(observation: Observation) -> Float64Array:
    """Return (N, K + 1) what is known of pairs without asking."""
    columns = [observation.same[:, None].astype(np.float64)]
    if observation.cosine is not None:
        columns.append(observation.cosine.astype(np.float64))
    return np.concatenate(columns, axis=1)


def _features(
    shadows: Float64Array,
    asked: Float64Array,
    inside: BoolArray,
    outside: BoolArray,
    known: Float64Array,
) -> tuple[Float64Array, Float64Array]:
    """Return features of each shadow against all others, (S, N, F), and of the target, (N, F)."""
    columns: list[Float64Array] = []
    target: list[Float64Array] = []
    ratios, ratio = np.zeros(inside.shape), np.zeros(len(asked))
    for channel in range(shadows.shape[2]):
        values, own = shadows[:, :, channel], asked[:, channel]
        sides = [_Side.of(values, mask) for mask in (inside, outside)]
        others = [
            side.without(values, mask) for side, mask in zip(sides, (inside, outside), strict=True)
        ]
        each = others[0].log_density(values) - others[1].log_density(values)
        its = sides[0].log_density(own) - sides[1].log_density(own)
        columns += [values, values - others[0].mean, values - others[1].mean, each]
        target += [own, own - sides[0].mean, own - sides[1].mean, its]
        ratios, ratio = ratios + each, ratio + its
    columns.append(ratios)
    target.append(ratio)
    for column in known.T:
        columns.append(np.broadcast_to(column, inside.shape))
        target.append(column)
    return np.stack(columns, axis=2), np.stack(target, axis=1)


class _Side:
    """The normals of IN or OUT models: sums and counts (N,) or (S, N), one variance."""

    def __init__(self, total: Float64Array, count: Float64Array, variance: float) -> None:
        self._total = total
        self._count = count
        self._variance = variance
        self.mean: Float64Array = total / np.maximum(count, 1)

    @classmethod
    def of(cls, values: Float64Array, mask: BoolArray) -> _Side:
        total, count = (values * mask).sum(axis=0), mask.sum(axis=0).astype(np.float64)
        mean = total / np.maximum(count, 1)
        freedom = max(float(np.maximum(count - 1, 0).sum()), 1.0)
        variance = float((np.square(values - mean) * mask).sum()) / freedom
        return cls(total, count, max(variance, TINY))

    def without(self, values: Float64Array, mask: BoolArray) -> _Side:
        """Return the side of all others for each shadow."""
        return _Side(self._total - values * mask, self._count - mask, self._variance)

    def log_density(self, values: Float64Array) -> Float64Array:
        """Return the logarithm of the density, 0 where there is no model on this side."""
        spread = self._variance * (1 + 1 / np.maximum(self._count, 1))
        density = -np.square(values - self.mean) / (2 * spread) - np.log(self._variance) / 2
        return np.asarray(np.where(self._count > 0, density, 0.0))
