"""Predictors with one learned threshold of a distance, and a learned steepness."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.metrics import DISTANCES
from faceaudit.metrics.thresholds import best_gap
from faceaudit.progress import Progress, silent
from faceaudit.systems.predictors.base import (
    PairData,
    Predictor,
    PredictorBank,
    checked_rows,
    predictors,
)
from faceaudit.systems.predictors.common import grid
from faceaudit.types import Float64Array, FloatArray, IntArray

if TYPE_CHECKING:
    import torch
    from scipy import optimize
    from torch import Tensor
else:
    torch = deferred("torch")
    optimize = deferred("scipy.optimize")

LEAST_SPREAD = 1e-6
LEAST_LOGIT = 1e-6


class DistancePredictor(Predictor, ABC):
    """Accepts a pair whose distance is at most a threshold learned from the training pairs.

    The threshold is of a grid that does not depend on the pairs (steps of 0.01, or 3 digits of the
    Euclidean distance): the one that is right most often; where several are, the middle of the
    widest gap between them. (The middle between two distances, as it is, would name both pairs; see
    `common.exact_leak`.) The logit is (threshold - distance) / steepness, the steepness being that
    of a logistic regression through the threshold, to two digits: so a score is a probability as
    the network's is, and two short numbers are all that the predictor keeps of its pairs.
    """

    version: ClassVar[int] = 2
    decimals: ClassVar[int] = 2

    def fit(
        self,
        data: PairData,
        rows: IntArray,
        seeds: Sequence[int],
        *,
        progress: Progress = silent,
        title: str = "predictors",
    ) -> DistanceBank:
        """Learn M thresholds; nothing is drawn, so the seeds do not matter."""
        rows = checked_rows(data, rows, seeds)
        used, place = np.unique(rows, return_inverse=True)
        pairs = (data.embeddings[data.first[used]], data.embeddings[data.second[used]])
        distance = DISTANCES[self.name].pairs(*pairs)
        found = np.empty((len(rows), 2))
        with progress.task(title, len(rows)) as advance:
            for model, own in enumerate(place.reshape(rows.shape)):
                found[model] = _find_threshold(distance[own], data.label[used[own]], self.decimals)
                advance(1)
        return DistanceBank(self.name, found)

    def restore(self, state: Mapping[str, Tensor]) -> DistanceBank:
        """Rebuild the trained predictors from saved tensors."""
        return DistanceBank(self.name, state["threshold"].numpy())


class DistanceBank(PredictorBank):
    """M thresholds of one distance.

    Args:
        name: of the distance.
        found: (M, 2) threshold and steepness of each.
    """

    def __init__(self, name: str, found: Float64Array) -> None:
        self.count = len(found)
        self._name = name
        self._found = found

    def logits(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return (M, N) logits of N pairs of embeddings."""
        margin = self._found[:, :1] - DISTANCES[self._name].pairs(first, second)
        logits = margin / self._found[:, 1:]
        # A pair just beyond the threshold must not be rounded to one that is accepted.
        return np.where(margin < 0, np.minimum(logits, -LEAST_LOGIT), logits).astype(np.float32)

    def only(self, model: int) -> DistanceBank:
        """Return the bank of one of them."""
        return DistanceBank(self._name, self._found[model : model + 1])

    def state(self) -> dict[str, Tensor]:
        """Return the thresholds and steepnesses, (M, 2)."""
        return {"threshold": torch.from_numpy(np.ascontiguousarray(self._found))}


@predictors.register
class Cosine(DistancePredictor):
    """One minus the cosine of two embeddings, with a learned threshold."""

    name: ClassVar[str] = "cosine"
    paper: ClassVar[str] = "Taigman, Yang, Ranzato, Wolf 2014 (DeepFace), section 4"


@predictors.register
class Euclidean(DistancePredictor):
    """The Euclidean distance of two embeddings, with a learned threshold."""

    name: ClassVar[str] = "euclidean"
    decimals: ClassVar[int] = 6
    paper: ClassVar[str] = "Schroff, Kalenichenko, Philbin 2015 (FaceNet), arXiv 1503.03832"


@predictors.register
class ChiSquare(DistancePredictor):
    """The chi-square distance of two embeddings as histograms, with a learned threshold."""

    name: ClassVar[str] = "chi_square"
    paper: ClassVar[str] = "Ahonen, Hadid, Pietikainen 2004, ECCV (chi-square of face histograms)"


@predictors.register
class Bhattacharyya(DistancePredictor):
    """The Bhattacharyya distance of two embeddings as histograms, with a learned threshold."""

    name: ClassVar[str] = "bhattacharyya"
    paper: ClassVar[str] = "Bhattacharyya 1943, Bull. Calcutta Math. Soc. 35:99"


def _find_threshold(
    distance: Float64Array, label: FloatArray, decimals: int
) -> tuple[float, float]:
    """Return the best threshold of the grid, and how steep the logit is there."""
    same = label >= 0.5
    accepted_from = grid.up(distance, decimals)
    order = np.argsort(-accepted_from, kind="stable")
    middle = -best_gap(-accepted_from[order], same[order])
    threshold = float(grid.down(np.array(middle), decimals))
    margin = threshold - distance
    scale = max(float(np.std(margin)), LEAST_SPREAD)

    def loss(log_steepness: Float64Array) -> float:
        logit = margin / (scale * np.exp(log_steepness[0]))
        return float(np.mean(np.logaddexp(0, logit) - label * logit))

    best = optimize.minimize(loss, [0.0], method="L-BFGS-B", bounds=[(-10.0, 10.0)])
    return threshold, grid.two_digits(scale * float(np.exp(best.x[0])))
