"""Base classes of predictors: fitted on pairs of embeddings, many models at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from faceaudit.errors import InputError
from faceaudit.progress import Progress, silent
from faceaudit.registry import Component, Registry
from faceaudit.types import FloatArray, IntArray

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class PairData:
    """R pairs of embeddings to learn from.

    Attributes:
        embeddings: (T, E) float32, each photo once for each backbone.
        first, second: (R,) rows of it.
        label: (R,) float32: 1 for one person, 0 for two; something between for a soft label.
    """

    embeddings: FloatArray
    first: IntArray
    second: IntArray
    label: FloatArray

    def __post_init__(self) -> None:
        if not len(self.first) == len(self.second) == len(self.label):
            raise InputError(
                "expected as many first and second photos as labels, got "
                f"{len(self.first)}, {len(self.second)} and {len(self.label)}"
            )

    def __len__(self) -> int:
        return len(self.label)


class PredictorBank(ABC):
    """M trained predictors of one kind, asked together.

    Attributes:
        count: M.
    """

    count: int

    @abstractmethod
    def logits(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return (M, N) logits of N pairs of embeddings, (N, E) each; 0 and more: one person."""

    @abstractmethod
    def only(self, model: int) -> PredictorBank:
        """Return the bank of one of them."""

    @abstractmethod
    def state(self) -> dict[str, Tensor]:
        """Return tensors by name, from which `Predictor.restore` rebuilds the same bank."""


class Predictor(Component):
    """A way to decide on a pair of embeddings, not trained yet; an author writes `fit`, `restore`.

    A decision is a logit: 0 or more accepts the pair as one person. Importing a predictor's file
    must not import torch: it is imported where a predictor is trained or asked.
    """

    family: ClassVar[str] = "predictor"

    @abstractmethod
    def fit(
        self,
        data: PairData,
        rows: IntArray,
        seeds: Sequence[int],
        *,
        progress: Progress = silent,
        title: str = "predictors",
    ) -> PredictorBank:
        """Train M predictors, each on its own rows; the same seed and rows give the same one.

        Args:
            data: all pairs.
            rows: (M, n) which of them each model learns from, in the order of the list.
            seeds: M seeds, of initial weights and of the order in which pairs are seen.
            progress: told of every step.
            title: what to call the training there.

        Raises:
            InputError: no rows, or as many seeds as there are no models.
        """

    @abstractmethod
    def restore(self, state: Mapping[str, Tensor]) -> PredictorBank:
        """Rebuild the trained predictors from the tensors that a bank's `state` returned."""


predictors: Registry[Predictor] = Registry(
    Predictor,  # type: ignore[type-abstract]
    "faceaudit.systems.predictors",
)


def checked_rows(data: PairData, rows: IntArray, seeds: Sequence[int]) -> IntArray:
    """Return (M, n) rows that `Predictor.fit` can use."""
    rows = np.asarray(rows, dtype=np.int64)
    if rows.ndim != 2 or not rows.size or len(rows) != len(seeds):
        raise InputError(
            f"expected rows (M, n) of at least one pair and M seeds, got {rows.shape} and "
            f"{len(seeds)}"
        )
    if rows.min() < 0 or rows.max() >= len(data):
        raise InputError(f"expected rows in 0..{len(data) - 1}, got {rows.min()}..{rows.max()}")
    return rows
