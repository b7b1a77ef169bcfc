"""Base class of searches for master faces, and what a search may know."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from faceaudit.progress import Progress, silent
from faceaudit.registry import Component, Registry
from faceaudit.systems.under_test.base import Access
from faceaudit.types import BoolArray, FaceSet, Float64Array, ImageArray

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Known:
    """What a search knows: people of the attacker's own, never one of those whom it attacks.

    Scores are less the threshold that is aimed at, in spreads of strangers' scores: 0 passes.

    Attributes:
        faces: (P) photos, one of each known person, at the size of the attacked network.
        scores: gives the (N, P) scores of (N, H, W, 3) uint8 pictures with each known person.
        flow: the same of pixels as floats, with derivatives; None where the attacker has none.
        progress: told of long work.
    """

    faces: FaceSet
    scores: Callable[[ImageArray], Float64Array]
    flow: Callable[[Tensor], Tensor] | None = None
    progress: Progress = silent

    @property
    def photos(self) -> ImageArray:
        """The (P, H, W, 3) photos, one of each known person."""
        return self.faces.images


class MasterFaceAttack(Component):
    """A search for master faces; an author writes `find`.

    Attributes:
        access: what the attacker has of the networks that faces are made on.
    """

    family: ClassVar[str] = "master_face_attack"
    plan_key: ClassVar[str] = "attack"
    access: ClassVar[Access] = Access.EMBEDDINGS

    @abstractmethod
    def find(self, known: Known, count: int, rng: np.random.Generator) -> ImageArray:
        """Return (count, H, W, 3) uint8 faces, the one that is to be tried first in front.

        Args:
            known: people whom the search may use, and how pictures score with them.
            count: how many faces.
            rng: of everything that is drawn.
        """


master_face_attacks: Registry[MasterFaceAttack] = Registry(
    MasterFaceAttack,  # type: ignore[type-abstract]
    "faceaudit.attacks.master_face",
)

SOFT = 0.5
"""Over how many spreads of strangers' scores a person counts as nearly passed."""


def covered_by(scores: Float64Array, free: BoolArray) -> Float64Array:
    """Return (N,) how many of the `free` people each picture passes as, near passes in part.

    A logistic function of the score stands for passing, so that a search sees how near it is.

    Args:
        scores: (N, P), 0 passes; minus infinity of somebody who does not count.
        free: (P,) people whom no earlier face passes as.
    """
    passing = 1 / (1 + np.exp(-np.clip(scores[:, free] / SOFT, -60, 60)))
    return np.asarray(passing.sum(axis=1))


def choose_greedily(scores: Float64Array, count: int) -> list[int]:
    """Return which `count` pictures to take, each for the most people not passed as before.

    The greedy choice is within 1 - 1/e of the best (Nemhauser, Wolsey, Fisher 1978). Among
    pictures that pass as equally many, or none, the one that nearly passes as more is taken.

    Args:
        scores: (N, P), 0 passes; N at least `count`.
        count: how many.

    >>> scores = np.array([[1.0, 1, -9, -9], [1, 1, 1, -9], [-9, -9, -9, 1]])
    >>> choose_greedily(scores, 2)
    [1, 2]
    """
    free = np.ones(scores.shape[1], dtype=np.bool_)
    left = np.ones(len(scores), dtype=np.bool_)
    chosen = []
    for _ in range(count):
        whole = np.count_nonzero(scores[:, free] >= 0, axis=1).astype(np.float64)
        # The part that is not whole only breaks ties: it is below one half.
        nearly = covered_by(scores, free) / (2 * int(free.sum()) + 1)
        worth = np.where(left, whole + nearly, -np.inf)
        best = int(np.argmax(worth))
        chosen.append(best)
        left[best] = False
        free &= scores[best] < 0
    return chosen
