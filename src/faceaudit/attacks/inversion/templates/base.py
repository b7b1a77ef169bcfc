"""Base classes of inversions of templates: a face for each stolen template."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

import numpy as np

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.common.watching import Watch
from faceaudit.errors import InputError
from faceaudit.metrics import normalized
from faceaudit.progress import Progress, silent
from faceaudit.registry import Component, Registry
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FaceSet, Float64Array, FloatArray, ImageArray, IntArray

T = TypeVar("T")


class Once(Protocol):
    """Gives what `build` gave when it was last asked for by that key."""

    def __call__(self, key: str, build: Callable[[], T]) -> T:
        """Return what `build` gives, or gave."""


def build_anew(key: str, build: Callable[[], T]) -> T:
    """Return what `build` gives; nothing is kept."""
    del key
    return build()


class TemplateOracle:
    """A system that holds the stolen templates, and tells how well a picture matches one.

    Args:
        embedder: its network.
        stolen: (T, E) the templates.
        threshold: the cosine from which on it accepts, where it says no more than that; None where
            it gives cosines.

    Attributes:
        queries: (T,) how many pictures it was asked about for each so far.
    """

    def __init__(
        self, embedder: Embedder, stolen: FloatArray, threshold: float | None = None
    ) -> None:
        self._embedder, self._stolen = embedder, normalized(stolen)
        self._threshold = threshold
        self.queries = np.zeros(len(stolen), dtype=np.int64)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the pictures it takes."""
        return self._embedder.size

    def ask(self, images: ImageArray, who: IntArray) -> Float64Array:
        """Return the (N,) cosines of pictures with the templates `who`; or 1 and 0 for accepted.

        Args:
            images: (N, H, W, 3) uint8.
            who: (N,) which template each is compared with, 0 to T - 1.
        """
        np.add.at(self.queries, who, 1)
        templates = normalized(self._embedder.embed(images))
        products = templates.astype(np.float64) * self._stolen[who].astype(np.float64)
        scores: Float64Array = products.sum(axis=1)
        if self._threshold is None:
            return scores
        return np.where(scores >= self._threshold, 1.0, 0.0)


@dataclass(frozen=True, eq=False)
class Knowledge:
    """Everything that an attacker has beside the stolen templates.

    Attributes:
        learned: photos of people who are not attacked, at the attacked network's size.
        templates: (N, E) their templates by the attacked network; (N, 0) for attacks that only ask
            the system, which gives no templates away.
        oracle: the system that holds the stolen templates, for attacks that ask it; None for those
            that do not.
        embedder: the attacked network, for attacks with it in hand; None for others.
        foreign: (N, F) the learned photos' templates by the network that templates were stolen
            from, where that is another one; None where it is not.
        progress: told of long work.
        once: keeps what is learned of all this, for further attacks; an attack's key says
            everything else that it hangs on, such as options and what was drawn.
        watch: looks on while faces are rebuilt; None where nobody does. Attacks without steps show
            nothing.
    """

    learned: FaceSet
    templates: FloatArray
    oracle: TemplateOracle | None = None
    embedder: Embedder | None = None
    foreign: FloatArray | None = None
    progress: Progress = silent
    once: Once = build_anew
    watch: Watch | None = None

    def own_embedder(self) -> Embedder:
        """Return the attacked network.

        Raises:
            InputError: the attacker does not have it.
        """
        if self.embedder is None:
            raise InputError("expected the attacked network in hand, got none")
        return self.embedder

    def asked(self) -> TemplateOracle:
        """Return the system that holds the templates.

        Raises:
            InputError: the attacker cannot ask it.
        """
        if self.oracle is None:
            raise InputError("expected a system that can be asked, got none")
        return self.oracle


class TemplateInversion(Component):
    """An inversion of templates; an author writes `access` and `invert`.

    Attributes:
        foreign: whether the stolen templates are of another network than the attacked one.
    """

    family: ClassVar[str] = "template_inversion"
    plan_key: ClassVar[str] = "attack"
    foreign: ClassVar[bool] = False

    @property
    @abstractmethod
    def access(self) -> Access:
        """What the attacker has; a class variable unless it hangs on options.

        GRADIENTS, the network in hand; EMBEDDINGS, own photos may be embedded; SCORES or LABELS,
        the system that holds the templates answers about pictures.
        """

    @abstractmethod
    def invert(
        self, stolen: FloatArray, knowledge: Knowledge, rng: np.random.Generator
    ) -> Reconstructions:
        """Return a face for each stolen template, all of them worked on together.

        Args:
            stolen: (T, E) templates of length 1; (T, F) of the other network where `foreign`; for
                attacks that only ask the system that holds them (T, 0).
            knowledge: what the attacker has, no more than `access` says.
            rng: of everything that is drawn.
        """


template_inversions: Registry[TemplateInversion] = Registry(
    TemplateInversion,  # type: ignore[type-abstract]
    "faceaudit.attacks.inversion.templates",
)
