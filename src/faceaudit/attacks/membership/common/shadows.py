"""Shadow models' values, split into IN and OUT models for each pair.

A shadow is a verifier that the attacker trained; for a pair, IN models were trained on it and OUT
models were not (Carlini et al. 2022, arXiv 2112.03570).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.membership.base import Observation
from faceaudit.errors import InputError
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class InOut:
    """The IN and the OUT models of each of N pairs.

    Attributes:
        values: (S, N, C) what every shadow says of the pairs, on the scale that is compared.
        in_mask: (S, N) the shadows that count as IN models of a pair.
        out_mask: (S, N) the shadows that count as OUT models of a pair.
    """

    values: Float64Array
    in_mask: BoolArray
    out_mask: BoolArray

    def mean(self, mask: BoolArray) -> Float64Array:
        """Return (N, C) means over the shadows of a mask, (S, N)."""
        total = np.einsum("snc,sn->nc", self.values, mask)
        return np.asarray(total / mask.sum(axis=0)[:, None])

    def squares(self, mask: BoolArray, mean: Float64Array) -> Float64Array:
        """Return (N, C) sums of squared distances from the mean over the shadows of a mask."""
        return np.asarray(np.einsum("snc,sn->nc", np.square(self.values - mean), mask))


def shadow_answers(observation: Observation) -> FloatArray:
    """Return (S, N, C) answers of the shadows.

    Raises:
        InputError: there are none.
    """
    if observation.shadows is None or not len(observation.shadows):
        raise _no_shadows()
    return observation.shadows


def _no_shadows() -> InputError:
    return InputError("expected verifiers that the attacker trained, got none; try more verifiers")


def split_in_out(
    values: Float64Array, observation: Observation, rng: np.random.Generator, *, online: bool
) -> InOut:
    """Split the shadows of each pair into IN and OUT models, one of the larger side left out.

    In a bank of verifiers where every pair was learned by half of them, leaving the target out
    leaves one shadow fewer on the side that the target is on. The noise of a mean falls with its
    count, so members could be known by the counts alone, without the target's answer. One shadow,
    drawn from the larger side, is therefore left out: then both sides have the same counts for
    members and for non-members, and all answers are exchangeable when nothing leaks. Where halves
    are drawn without a look at one another, as an audit's are, counts reveal nothing anyway.

    Args:
        values: (S, N, C) what is compared, of all shadows.
        observation: N pairs with shadows.
        rng: of the draw.
        online: whether IN models are needed; OUT models always are.

    Raises:
        InputError: no shadows, or pairs without a needed IN or OUT model.
    """
    in_mask = observation.in_mask
    if in_mask is None:
        raise _no_shadows()
    out_mask = ~in_mask if observation.out_mask is None else observation.out_mask
    used = _balance_shadows(in_mask, out_mask, rng)
    split = InOut(values, in_mask & used, out_mask & used)
    lacking = {"was not trained on": int((~split.out_mask.any(axis=0)).sum())}
    if online:
        lacking["was trained on"] = int((~split.in_mask.any(axis=0)).sum())
    for side, pairs in lacking.items():
        if pairs:
            raise InputError(
                f"expected for every pair a shadow that {side} it, got none for {pairs:,} of "
                f"{len(observation):,} pairs with {len(values)} shadows; try more verifiers"
            )
    return split


def _balance_shadows(
    in_mask: BoolArray, out_mask: BoolArray, rng: np.random.Generator
) -> BoolArray:
    """Return (S, N) the shadows that count: all but one of the larger side where sides differ."""
    inside: IntArray = in_mask.sum(axis=0)
    outside: IntArray = out_mask.sum(axis=0)
    uneven = np.flatnonzero(inside != outside)
    more = inside[uneven] > outside[uneven]
    larger = np.where(more, in_mask[:, uneven], out_mask[:, uneven])
    drawn = np.where(larger, rng.random(larger.shape, dtype=np.float32), -1).argmax(axis=0)
    used = np.ones_like(in_mask)
    used[drawn, uneven] = False
    return used
