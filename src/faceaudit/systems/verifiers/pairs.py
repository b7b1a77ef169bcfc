"""Pairs of photos embedded by K backbones: the training data and the queries of verifiers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faceaudit.errors import InputError
from faceaudit.metrics import normalized
from faceaudit.systems.predictors import PairData
from faceaudit.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class EmbeddedPairs:
    """P pairs of N photos, embedded by K backbones.

    Attributes:
        embeddings: (K, N, E) float32, as `common_space` gives them.
        first, second: (P,) rows of the photos.
        same: (P,) whether both show one person.
        backbones: K names, for people to read.
    """

    embeddings: FloatArray
    first: IntArray
    second: IntArray
    same: BoolArray
    backbones: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.embeddings.ndim != 3 or len(self.embeddings) != len(self.backbones):
            raise InputError(
                f"expected embeddings (K, N, E) of {len(self.backbones)} backbones, got "
                f"{self.embeddings.shape}"
            )

    def __len__(self) -> int:
        return len(self.same)

    def data(self, label: FloatArray | None = None) -> PairData:
        """Return K * P rows to learn from; row k * P + p is pair p as embedded by backbone k.

        Args:
            label: (P,) soft labels; 1 for one person and 0 for two when None.
        """
        backbones, photos, size = self.embeddings.shape
        start = np.repeat(np.arange(backbones) * photos, len(self))
        label = self.same.astype(np.float32) if label is None else label
        return PairData(
            self.embeddings.reshape(backbones * photos, size),
            start + np.tile(self.first, backbones),
            start + np.tile(self.second, backbones),
            np.tile(label, backbones),
        )

    def sides(self, backbones: IntArray, rows: IntArray | None = None) -> tuple[FloatArray, ...]:
        """Return the first and the second embeddings of n pairs, (n, J, E) each.

        Args:
            backbones: (P, J) the backbones that embed each pair.
            rows: (n,) the pairs; all when None.
        """
        rows = np.arange(len(self)) if rows is None else rows
        chosen = backbones[rows]
        return (
            self.embeddings[chosen, self.first[rows, None]],
            self.embeddings[chosen, self.second[rows, None]],
        )

    def take(self, rows: IntArray) -> EmbeddedPairs:
        """Return the pairs at `rows`; the embeddings are shared."""
        return EmbeddedPairs(
            self.embeddings, self.first[rows], self.second[rows], self.same[rows], self.backbones
        )


def common_space(embedded: Sequence[FloatArray], *, seed: int = 0) -> FloatArray:
    """Return embeddings of K backbones as (K, N, E), E the largest size among them.

    Each embedding gets the length sqrt(E), so that its entries are about 1 whatever the backbone. A
    smaller one is turned into the larger space by a fixed matrix with orthonormal rows, drawn by
    the seed: all angles and distances stay as they are.

    Args:
        embedded: K arrays (N, E_k).
        seed: of the matrices.

    Raises:
        InputError: no backbone, not the same photos, or embeddings without a direction.
    """
    if not embedded or len({len(rows) for rows in embedded}) > 1:
        raise InputError(
            f"expected embeddings of the same photos, got {[rows.shape for rows in embedded]}"
        )
    size = max(rows.shape[1] for rows in embedded)
    out = np.empty((len(embedded), len(embedded[0]), size), dtype=np.float32)
    for backbone, rows in enumerate(embedded):
        directions = normalized(rows)
        if rows.shape[1] < size:
            drawn = np.random.default_rng([seed, backbone]).standard_normal((size, rows.shape[1]))
            directions = directions @ np.linalg.qr(drawn)[0].T.astype(np.float32)
        out[backbone] = directions * math.sqrt(size)
    return out
