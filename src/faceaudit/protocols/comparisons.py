"""Comparisons with their scores: what every figure of a verification is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.faces.pairs.conflicts import conflicting
from faceaudit.types import BoolArray, Float64Array, IntArray

NO_FOLD = -1
"""The fold of comparisons that are in none: thresholds rest on them, accuracies do not."""


@dataclass(frozen=True, eq=False)
class Comparisons:
    """P comparisons of two photos.

    Attributes:
        first, second: P ids of photos each.
        same: (P,) whether both show one person.
        fold: (P,) folds, 0 and up; `NO_FOLD` for those that are in none.
        score: (P,) higher is more alike; NaN where a photo had no face, so that there is none.
        names: (P, 2) names of the people compared; None where nobody knows.
        missing: (P, 2) the photos in which no face was found; None where nobody knows which.
        repeats: how many others were left out, as they came again or with both labels.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    same: BoolArray
    fold: IntArray
    score: Float64Array
    names: npt.NDArray[np.str_] | None = None
    missing: BoolArray | None = None
    repeats: int = 0

    def __post_init__(self) -> None:
        count = len(self.score)
        columns = {
            "first": self.first,
            "second": self.second,
            "same": self.same,
            "fold": self.fold,
            **({} if self.names is None else {"names": self.names}),
            **({} if self.missing is None else {"missing": self.missing}),
        }
        for name, column in columns.items():
            if len(column) != count:
                raise InputError(f"expected {count} values in {name!r}, got {len(column)}")

    def __len__(self) -> int:
        return len(self.score)

    @property
    def scored(self) -> BoolArray:
        """Which of them have a score, (P,)."""
        return ~np.isnan(self.score)

    @property
    def conflicts(self) -> int | None:
        """How many labels contradict the names of the people compared; None where nobody knows."""
        return None if self.names is None else int(conflicting(self.same, self.names).sum())

    def people(self) -> IntArray | None:
        """Return (P, 2) numbers of the people, by the order of their names."""
        if self.names is None:
            return None
        return np.unique(self.names, return_inverse=True)[1].reshape(-1, 2).astype(np.int64)

    def take(self, rows: npt.NDArray[np.bool_] | IntArray) -> Comparisons:
        """Return some of them."""
        index = np.arange(len(self))[rows]
        return Comparisons(
            tuple(self.first[row] for row in index.tolist()),
            tuple(self.second[row] for row in index.tolist()),
            self.same[index],
            self.fold[index],
            self.score[index],
            None if self.names is None else self.names[index],
            None if self.missing is None else self.missing[index],
            self.repeats,
        )

    def ordered(self) -> Comparisons:
        """Return them in an order that does not depend on that in which they are held.

        Sums of floating-point numbers then are the same to the last bit.
        """
        keys: list[npt.NDArray[np.generic]] = [self.score, self.same, self.fold]
        people = self.people()
        if people is not None:
            keys = [self.score, people[:, 1], people[:, 0], self.same, self.fold]
        return self.take(np.lexsort(keys))
