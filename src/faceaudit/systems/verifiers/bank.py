"""Banks of trained verifiers: M predictors, the backbones asked, and a change to their answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.systems.predictors import PredictorBank
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

if TYPE_CHECKING:
    from scipy import special
else:
    special = deferred("scipy.special")

Answer = Callable[[FloatArray, int], FloatArray]
"""Turns (N,) probabilities of one verifier, given with its number, into its answers."""

CLIP = 1e-6
"""How far from 0 and 1 a probability is kept before its logit is taken."""
_BELOW = np.nextafter(np.float32(0.5), np.float32(0))


def logits_of(probability: FloatArray, same: BoolArray) -> tuple[Float64Array, Float64Array]:
    """Return the logits of genuine and of impostor pairs' probabilities, clipped at 1e-6.

    They rank as the probabilities do, and lie on a scale on which tails can be prolonged.
    """
    clipped = np.clip(probability.astype(np.float64), CLIP, 1 - CLIP)
    logits = np.log(clipped) - np.log1p(-clipped)
    return logits[same], logits[~same]


def unchanged(probability: FloatArray, model: int) -> FloatArray:
    """Return the probabilities as they are: the answers of a verifier without a mitigation."""
    del model
    return probability


@dataclass(frozen=True, eq=False)
class VerifierBank:
    """M verifiers trained alike.

    Attributes:
        bank: their predictors.
        user_backbones: (P, J) the backbones that embed each of the P pairs when users ask; the
            probabilities of several are averaged.
        trained_backbone: (M, P) the backbone that each pair was learned with, or would have been;
            None where pairs were not learned with one of several.
        answer: the change to probabilities before anybody sees them.
        numbers: (M,) the number by which `answer` knows each verifier.
    """

    bank: PredictorBank
    user_backbones: IntArray
    trained_backbone: IntArray | None = None
    answer: Answer = unchanged
    numbers: tuple[int, ...] = field(default=())

    def __post_init__(self) -> None:
        if not self.numbers:
            object.__setattr__(self, "numbers", tuple(range(self.bank.count)))

    @property
    def count(self) -> int:
        """M, the number of verifiers."""
        return self.bank.count

    def only(self, model: int) -> VerifierBank:
        """Return one of them."""
        return replace(
            self,
            bank=self.bank.only(model),
            trained_backbone=None
            if self.trained_backbone is None
            else self.trained_backbone[model : model + 1],
            numbers=self.numbers[model : model + 1],
        )

    def answers(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return (M, N) answers in [0, 1]; 0.5 and more accepts a pair as one person.

        Args:
            first: (N, J, E) embeddings of the first photos by J backbones.
            second: (N, J, E) of the second photos.
        """
        pairs, several, size = first.shape
        logits = self.bank.logits(first.reshape(-1, size), second.reshape(-1, size))
        each = special.expit(logits.reshape(self.count, pairs, several).astype(np.float64))
        exact = each.mean(axis=2)
        # Rounding to float32 must not accept what is just below.
        mean = np.where(exact < 0.5, np.minimum(exact.astype(np.float32), _BELOW), exact)
        mean = mean.astype(np.float32)
        return np.stack(
            [self.answer(row, number) for row, number in zip(mean, self.numbers, strict=True)]
        )
