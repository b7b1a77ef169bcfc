"""A linear map from the templates of one network, or of one protection, to those of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from faceaudit.errors import InputError
from faceaudit.metrics import normalized
from faceaudit.types import Float64Array, FloatArray, IntArray

STRENGTHS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Ridge penalties tried, as shares of the mean square of an entry of the templates."""
FOLDS = 5

Score = Callable[[Float64Array, Float64Array], float]
"""How well guesses (N, F) fit what was wanted (N, F): a sum over rows, higher is better."""


@dataclass(frozen=True, eq=False)
class LinearMap:
    """A matrix and an offset from (N, E) to (N, F).

    Attributes:
        weight: (E, F).
        offset: (F,).
        strength: the ridge penalty that was chosen.
        shrunk: the spread of guesses for other people about their mean, as a share of the spread
            of what was wanted there; the less is known, the nearer guesses are to the mean.
    """

    weight: FloatArray
    offset: FloatArray
    strength: float
    shrunk: float

    @classmethod
    def ridge(
        cls, known: FloatArray, wanted: FloatArray, people: IntArray, score: Score
    ) -> LinearMap:
        """Return the least-squares map, with the ridge penalty that predicts other people best.

        The penalty is the one of `STRENGTHS` with the highest score over folds of people; of equal
        ones the largest.

        Args:
            known: (N, E), of length 1 each.
            wanted: (N, F) to be predicted.
            people: (N,) numbers of the people the rows are of, so that nobody is in two folds.
            score: of guesses for other people.

        Raises:
            InputError: fewer than two people, or columns that do not fit.
        """
        first, second = known.astype(np.float64), wanted.astype(np.float64)
        if len(first) != len(second) or len(first) != len(people):
            raise InputError(
                f"expected as many templates on both sides as people, got {len(first)}, "
                f"{len(second)} and {len(people)}"
            )
        names, number = np.unique(people, return_inverse=True)
        if len(names) < 2:
            raise InputError(f"expected templates of two people or more, got {len(names)}")
        fold = np.random.default_rng(0).permutation(len(names))[number] % min(FOLDS, len(names))
        scores, spread, whole = np.zeros(len(STRENGTHS)), np.zeros(len(STRENGTHS)), 0.0
        for one in range(int(fold.max()) + 1):
            inside = fold != one
            middle = second[inside].mean(axis=0)
            whole += float(np.square(second[~inside] - middle).sum())
            for place, (weight, offset) in enumerate(_ridges(first[inside], second[inside])):
                guesses = first[~inside] @ weight + offset
                scores[place] += score(guesses, second[~inside])
                spread[place] += float(np.square(guesses - middle).sum())
        best = int(len(STRENGTHS) - 1 - np.argmax(scores[::-1]))
        weight, offset = _ridges(first, second)[best]
        shrunk = float(np.sqrt(spread[best] / whole)) if whole and spread[best] else 1.0
        return cls(weight.astype(np.float32), offset.astype(np.float32), STRENGTHS[best], shrunk)

    def apply(self, known: FloatArray) -> FloatArray:
        """Return (N, F) predictions from (N, E)."""
        return np.asarray(known @ self.weight + self.offset)


@dataclass(frozen=True, eq=False)
class LinearAdapter(LinearMap):
    """A linear map from templates (N, E) to templates (N, F)."""

    @classmethod
    def fit(cls, known: FloatArray, wanted: FloatArray, people: IntArray) -> LinearAdapter:
        """Return the map that predicts the templates of other people with the highest cosine.

        Ridge regression of templates of length 1, after Face Adapter (arXiv 2411.03960), which is
        one linear layer trained by the mean squared error. Guesses are then stretched away from
        their mean until they spread as templates do: where all templates of a network are alike,
        least-squares guesses are so near to their mean that strangers match them too.

        Args:
            known: (N, E) templates of N photos.
            wanted: (N, F) templates of the same photos to be predicted.
            people: (N,) numbers of the people on them.

        Raises:
            InputError: fewer than two people, or columns that do not fit.
        """
        first, second = normalized(known), normalized(wanted)
        found = cls.ridge(first, second, people, _cosines)
        weight = found.weight / np.float32(found.shrunk)
        offset = second.mean(axis=0) - first.mean(axis=0) @ weight
        return cls(weight, offset, found.strength, found.shrunk)

    def adapt(self, templates: FloatArray) -> FloatArray:
        """Return (N, F) templates of length 1 from (N, E) templates."""
        return np.asarray(normalized(self.apply(normalized(templates))))


def _cosines(guesses: Float64Array, wanted: Float64Array) -> float:
    return float(np.sum(normalized(guesses) * wanted))


def nearness(guesses: Float64Array, wanted: Float64Array) -> float:
    """Return the sum of squared errors, negative: a score of guesses that are no directions."""
    return -float(np.square(guesses - wanted).sum())


def _ridges(first: Float64Array, second: Float64Array) -> list[tuple[Float64Array, Float64Array]]:
    """Return weights and offset for each penalty, from one decomposition."""
    before, after = first.mean(axis=0), second.mean(axis=0)
    left, centred = first - before, second - after
    values, vectors = np.linalg.eigh(left.T @ left)
    projected = vectors.T @ (left.T @ centred)
    found = []
    for strength in STRENGTHS:
        penalty = strength * len(first) / first.shape[1]
        weight = vectors @ (projected / (values + penalty)[:, None])
        found.append((weight, after - before @ weight))
    return found
