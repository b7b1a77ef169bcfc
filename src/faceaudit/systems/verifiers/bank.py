"""Trained verifiers as others may use them: M predictors, and what is done to their answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import expit

from faceaudit.systems.predictors import PredictorBank
from faceaudit.types import FloatArray, IntArray

Answer = Callable[[FloatArray, int], FloatArray]
"""Turns (N,) probabilities of one verifier, told by its number, into what it says."""


_BELOW = np.nextafter(np.float32(0.5), np.float32(0))


def plain(probability: FloatArray, model: int) -> FloatArray:
    """Say the probability as it is."""
    del model
    return probability


@dataclass(frozen=True, eq=False)
class VerifierBank:
    """M verifiers trained alike.

    Attributes:
        stack: their predictors.
        served: (P, J) which backbones see each of the P pairs when users ask; the probabilities of
            several are averaged.
        assigned: (M, P) the backbone that each pair was learned with, or would have been; None
            where pairs were not learned with one of several.
        answer: what is done to a probability before anybody sees it.
        numbers: (M,) what `answer` calls each verifier.
    """

    stack: PredictorBank
    user_backbones: IntArray
    trained_backbone: IntArray | None = None
    answer: Answer = plain
    numbers: tuple[int, ...] = field(default=())

    def __post_init__(self) -> None:
        if not self.numbers:
            object.__setattr__(self, "numbers", tuple(range(self.stack.count)))

    @property
    def count(self) -> int:
        """How many verifiers there are."""
        return self.stack.count

    def only(self, model: int) -> VerifierBank:
        """Return one of them."""
        return replace(
            self,
            stack=self.stack.only(model),
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
        logits = self.stack.logits(first.reshape(-1, size), second.reshape(-1, size))
        each = expit(logits.reshape(self.count, pairs, several).astype(np.float64))
        exact = each.mean(axis=2)
        # Rounding to float32 must not accept what is just below.
        mean = np.where(exact < 0.5, np.minimum(exact.astype(np.float32), _BELOW), exact)
        mean = mean.astype(np.float32)
        return np.stack(
            [self.answer(row, number) for row, number in zip(mean, self.numbers, strict=True)]
        )
