"""Base classes of inversions of identifiers: a face for each person that one knows."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.errors import InputError
from faceaudit.progress import Progress, silent
from faceaudit.registry import Component, Registry
from faceaudit.systems.identifiers.base import System
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FaceSet, FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    from torch import nn


class IdentifierOracle:
    """An identifier that answers about pictures, and counts for whom it was asked.

    Args:
        system: the identifier.
        access: SCORES gives probabilities, LABELS the most likely person alone; GRADIENTS both, and
            the network itself.
        module: for GRADIENTS, from pixels (N, H, W, 3) of 0 to 255 to (N, K) logits.
        targets: T labels of people who are attacked.

    Attributes:
        queries: (T,) how many pictures it was asked about for each target so far.
    """

    def __init__(
        self,
        system: System,
        access: Access,
        targets: IntArray,
        module: nn.Module | None = None,
    ) -> None:
        self._system, self.access, self.targets = system, access, targets
        self._module = module
        self.queries = np.zeros(len(targets), dtype=np.int64)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the pictures it takes."""
        return self._system.size

    def scores(self, images: ImageArray, who: IntArray) -> FloatArray:
        """Return the (N,) probabilities of the targets `who`, 0 to T - 1, on pictures.

        Raises:
            InputError: it gives labels only.
        """
        if self.access == Access.LABELS:
            raise InputError("expected an identifier that gives scores, got one of labels only")
        np.add.at(self.queries, who, 1)
        logits = self._system.logits(images).astype(np.float64)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        found = powers[np.arange(len(images)), self.targets[who]] / powers.sum(axis=1)
        return np.asarray(found, dtype=np.float32)

    def labels(self, images: ImageArray, who: IntArray) -> IntArray:
        """Return the (N,) labels of pictures; they count as asked for the targets `who`."""
        np.add.at(self.queries, who, 1)
        return np.asarray(self._system.logits(images).argmax(axis=1), dtype=np.int64)

    def module(self) -> nn.Module:
        """Return the network, from pixels to logits.

        Raises:
            InputError: it is not in the attacker's hands.
        """
        if self._module is None:
            raise InputError("expected the identifier's network in hand, got answers only")
        return self._module


class IdentifierInversion(Component):
    """An inversion of an identifier; an author writes `invert`.

    Attributes:
        access: what the attacker has: GRADIENTS, SCORES or LABELS.
    """

    family: ClassVar[str] = "identifier_inversion"
    plan_key: ClassVar[str] = "attack"
    access: ClassVar[Access]

    @abstractmethod
    def invert(
        self,
        oracle: IdentifierOracle,
        learned: FaceSet,
        rng: np.random.Generator,
        *,
        progress: Progress = silent,
    ) -> Reconstructions:
        """Return a face for each of the oracle's targets, all of them worked on together.

        Args:
            oracle: the identifier; `oracle.targets` are the people to rebuild.
            learned: photos of people whom it does not know, at its size.
            rng: of everything that is drawn.
            progress: told of long work.
        """


identifier_inversions: Registry[IdentifierInversion] = Registry(
    IdentifierInversion,  # type: ignore[type-abstract]
    "faceaudit.attacks.inversion.identifiers",
)
