"""Verifiers whose answers are planted: an embedding holds the logit of every verifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from torch import Tensor

from faceaudit.mitigations.membership.base import Task
from faceaudit.progress import Progress, silent
from faceaudit.systems.predictors import PairData, Predictor, PredictorBank
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from faceaudit.types import FloatArray, IntArray

Floats = npt.NDArray[np.float64]


class PlantedBank(PredictorBank):
    """Answers with the number of the first embedding at each model's index."""

    def __init__(self, models: Sequence[int]) -> None:
        self.count = len(models)
        self._models = tuple(models)

    def logits(self, first: FloatArray, second: FloatArray) -> FloatArray:
        return np.ascontiguousarray(first[:, list(self._models)].T)

    def only(self, model: int) -> PlantedBank:
        return PlantedBank([self._models[model]])

    def state(self) -> dict[str, Tensor]:
        return {}


class Planted(Predictor):
    name = "planted"
    paper = "none, 2000"

    def fit(
        self,
        data: PairData,
        rows: IntArray,
        seeds: Sequence[int],
        *,
        progress: Progress = silent,
        title: str = "predictors",
    ) -> PlantedBank:
        return PlantedBank(range(len(rows)))

    def restore(self, state: Mapping[str, Tensor]) -> PlantedBank:
        raise NotImplementedError


def planted_task(
    logits: Floats, same: npt.NDArray[np.bool_], rows: IntArray, validation: IntArray
) -> Task:
    """Return M verifiers with (M, P) logits of P pairs, each of two photos of its own."""
    count = len(same)
    embeddings = np.repeat(logits.T.astype(np.float32), 2, axis=0)[None]
    first = np.arange(count) * 2
    pairs = EmbeddedPairs(embeddings, first, first + 1, same, ("planted",))
    return Task(pairs, rows, validation, Planted(), list(range(len(rows))))
