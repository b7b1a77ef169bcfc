"""What the attacker's own verifiers (shadows) say about each pair, by whether they learned it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.membership.base import Observation
from faceaudit.errors import InputError
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

Read = Callable[[FloatArray, BoolArray], Float64Array]
"""Turns (N, C) answers and (N,) same into the (N, C) values that are averaged."""


@dataclass(frozen=True, eq=False)
class InOut:
    """Which shadows count on either side of each of N pairs.

    Attributes:
        shadows: (S, N, C) their answers.
        same: (N,) whether a pair shows one person.
        inside: (S, N) that learned the pair.
        outside: (S, N) that did not.
    """

    shadows: FloatArray
    same: BoolArray
    in_mask: BoolArray
    out_mask: BoolArray

    def mean(self, used: BoolArray, read: Read) -> Float64Array:
        """Return (N, C) means of what is read over the shadows used, one side's (S, N)."""
        total = np.zeros(self.shadows.shape[1:])
        for answers, mask in zip(self.shadows, used, strict=True):
            total += read(answers, self.same) * mask[:, None]
        return np.asarray(total / used.sum(axis=0)[:, None])

    def squares(self, used: BoolArray, mean: Float64Array, read: Read) -> Float64Array:
        """Return (N, C) sums of squared distances from the mean over the shadows used."""
        total = np.zeros(self.shadows.shape[1:])
        for answers, mask in zip(self.shadows, used, strict=True):
            total += np.square(read(answers, self.same) - mean) * mask[:, None]
        return total


def split_in_out(seen: Observation, rng: np.random.Generator, *, online: bool) -> InOut:
    """Deal the shadows of each pair to its two sides, one fewer where the sides are uneven.

    In a bank of verifiers where every pair was learned by half of them, leaving the target out
    leaves one shadow fewer on the side that the target is on. The noise of a mean falls with its
    count, so without a look at the target's answer a member would be told from the counts. One
    shadow, drawn from the larger side, is therefore left out: then both sides count the same
    for members and for others, and all answers are exchangeable when nothing leaks.

    Args:
        seen: N pairs with shadows.
        rng: of the draw.
        online: whether shadows that learned a pair are needed; those that did not always are.

    Raises:
        InputError: no shadows, or pairs with none left on a side that is needed.
    """
    if seen.shadows is None or seen.in_mask is None or not len(seen.shadows):
        raise InputError(
            "expected verifiers that the attacker trained, got none; try more verifiers"
        )
    used = _evened(seen.in_mask, rng)
    found = InOut(seen.shadows, seen.same, seen.in_mask & used, ~seen.in_mask & used)
    without = {"did not learn": int((~found.out_mask.any(axis=0)).sum())}
    if online:
        without["learned"] = int((~found.in_mask.any(axis=0)).sum())
    for what, pairs in without.items():
        if pairs:
            raise InputError(
                f"expected for every pair a shadow that {what} it, got none for {pairs:,} of "
                f"{len(seen):,} pairs with {len(seen.shadows)} shadows; try more verifiers"
            )
    return found


def _evened(inside: BoolArray, rng: np.random.Generator) -> BoolArray:
    """Return (S, N) which shadows count: all but one of the larger side where sides differ."""
    learned: IntArray = inside.sum(axis=0)
    uneven = np.flatnonzero(2 * learned != len(inside))
    larger = inside[:, uneven] == (2 * learned[uneven] > len(inside))
    drawn = np.where(larger, rng.random(larger.shape, dtype=np.float32), -1).argmax(axis=0)
    used = np.ones_like(inside)
    used[drawn, uneven] = False
    return used
