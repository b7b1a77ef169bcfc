"""Shadow models' scores, split into IN and OUT models for each pair.

A shadow is a verifier that the attacker trained; for a pair, IN models were trained on it and OUT
models were not (Carlini et al. 2022, arXiv 2112.03570).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.membership.base import Observation
from faceaudit.errors import InputError
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

Statistic = Callable[[FloatArray, BoolArray], Float64Array]
"""Turns (N, C) answers and (N,) same into (N, C) values, whose means over shadows are taken."""


@dataclass(frozen=True, eq=False)
class InOut:
    """The IN and the OUT models of each of N pairs.

    Attributes:
        shadows: (S, N, C) answers of all shadows.
        same: (N,) whether a pair shows one person.
        in_mask: (S, N) the shadows that count as IN models of a pair.
        out_mask: (S, N) the shadows that count as OUT models of a pair.
    """

    shadows: FloatArray
    same: BoolArray
    in_mask: BoolArray
    out_mask: BoolArray

    def mean(self, mask: BoolArray, statistic: Statistic) -> Float64Array:
        """Return (N, C) means of a statistic over the shadows of a mask, (S, N)."""
        total = np.zeros(self.shadows.shape[1:])
        for answers, used in zip(self.shadows, mask, strict=True):
            total += statistic(answers, self.same) * used[:, None]
        return np.asarray(total / mask.sum(axis=0)[:, None])

    def squares(self, mask: BoolArray, mean: Float64Array, statistic: Statistic) -> Float64Array:
        """Return (N, C) sums of squared distances from the mean over the shadows of a mask."""
        total = np.zeros(self.shadows.shape[1:])
        for answers, used in zip(self.shadows, mask, strict=True):
            total += np.square(statistic(answers, self.same) - mean) * used[:, None]
        return total


def split_in_out(observation: Observation, rng: np.random.Generator, *, online: bool) -> InOut:
    """Split the shadows of each pair into IN and OUT models, one of the larger side left out.

    In a bank of verifiers where every pair was learned by half of them, leaving the target out
    leaves one shadow fewer on the side that the target is on. The noise of a mean falls with its
    count, so members could be known by the counts alone, without the target's answer. One shadow,
    drawn from the larger side, is therefore left out: then both sides have the same counts for
    members and for non-members, and all answers are exchangeable when nothing leaks.

    Args:
        observation: N pairs with shadows.
        rng: of the draw.
        online: whether IN models are needed; OUT models always are.

    Raises:
        InputError: no shadows, or pairs without a needed IN or OUT model.
    """
    shadows, in_mask = observation.shadows, observation.in_mask
    if shadows is None or in_mask is None or not len(shadows):
        raise InputError(
            "expected verifiers that the attacker trained, got none; try more verifiers"
        )
    used = _balance_shadows(in_mask, rng)
    split = InOut(shadows, observation.same, in_mask & used, ~in_mask & used)
    lacking = {"was not trained on": int((~split.out_mask.any(axis=0)).sum())}
    if online:
        lacking["was trained on"] = int((~split.in_mask.any(axis=0)).sum())
    for side, pairs in lacking.items():
        if pairs:
            raise InputError(
                f"expected for every pair a shadow that {side} it, got none for {pairs:,} of "
                f"{len(observation):,} pairs with {len(shadows)} shadows; try more verifiers"
            )
    return split


def _balance_shadows(in_mask: BoolArray, rng: np.random.Generator) -> BoolArray:
    """Return (S, N) the shadows that count: all but one of the larger side where sides differ."""
    learned: IntArray = in_mask.sum(axis=0)
    uneven = np.flatnonzero(2 * learned != len(in_mask))
    larger = in_mask[:, uneven] == (2 * learned[uneven] > len(in_mask))
    drawn = np.where(larger, rng.random(larger.shape, dtype=np.float32), -1).argmax(axis=0)
    used = np.ones_like(in_mask)
    used[drawn, uneven] = False
    return used
