"""What every system under test promises: finished, whoever trained it, and asked through a door.

A door (`SystemUnderTest`) is what a plan names: a file, an object in Python, a server, files of
answers. Opened, it is an identifier, a verifier or an embedder that says how much it lets its
asker see, its `access`; from that a plan knows which audits can be made of it.

Photos are asked about as rows of a `FaceSet`, never as bare pixels, so that a door may go by their
ids. Where a system gives no answer for a photo (it found no face there, say), a score is NaN and a
label -1: unknown is not zero.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from faceaudit.errors import InputError
from faceaudit.progress import Progress, silent
from faceaudit.registry import Component, Registry
from faceaudit.types import FaceSet, FloatArray, IntArray

if TYPE_CHECKING:
    from torch import nn

NO_ANSWER = -1
"""The label of a photo, or the decision of a pair, for which a system gave none."""


class Access(StrEnum):
    """What a system lets its asker see or do."""

    TRAINING = "training"
    """It can be trained again, on photos that the audit chooses."""
    GRADIENTS = "gradients"
    """Derivatives of its answers by its pixels."""
    EMBEDDINGS = "embeddings"
    """The numbers that it compares faces by."""
    SCORES = "scores"
    """How sure it is: a number for each person, or for a pair."""
    LABELS = "labels"
    """Its decision alone: a name, or same and different."""


class OpenSystem(ABC):
    """A system that can be asked.

    Attributes:
        role: what it is: "identifier", "verifier" or "embedder".
        title: how to name it to people, one line.
        id: digest of what determines its answers, as far as that can be known; answers are kept
            under it. Of a server it is that of its description: whoever changes the system behind
            it says so there.
        size: height and width of the photos it wants to be asked with, in pixels.
        access: what it lets its asker see.
    """

    role: ClassVar[str]
    title: str
    id: str
    size: tuple[int, int]
    access: frozenset[Access]

    def lacks(self, faces: FaceSet) -> IntArray:
        """Return rows of photos that it can never say anything about.

        None, unless it only keeps what was said before.
        """
        del faces
        return np.empty(0, dtype=np.int64)

    def differentiable(self) -> nn.Module:
        """Return a module from pixels to answers through which gradients flow.

        It takes (N, H, W, 3) floats of 0 to 255, RGB, and gives scores (N, K) of an identifier or
        embeddings (N, E) of an embedder. It is a copy in evaluation mode: to change it changes no
        answer of the system.

        Raises:
            InputError: it gives no gradients.
        """
        raise no_access(self, Access.GRADIENTS)


class IdentifierUnderTest(OpenSystem):
    """A system that names the person in a photo.

    Attributes:
        names: K people it knows; a person's index is their label.
    """

    role: ClassVar[str] = "identifier"
    names: tuple[str, ...]

    @abstractmethod
    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        """Return the (N,) labels it gives; -1 where it knows nobody or gives no answer."""

    def scores(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        """Return (N, K) scores, larger for whom it is surer of; rows without answer are NaN.

        They may be probabilities, logits or similarities.

        Raises:
            InputError: it gives labels only.
        """
        del faces, rows
        raise no_access(self, Access.SCORES)

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings; rows without answer are NaN.

        Raises:
            InputError: it gives none.
        """
        del faces, rows
        raise no_access(self, Access.EMBEDDINGS)


class VerifierUnderTest(OpenSystem):
    """A system that says whether two photos show one person."""

    role: ClassVar[str] = "verifier"

    @abstractmethod
    def decide(self, faces: FaceSet, first: IntArray, second: IntArray) -> IntArray:
        """Return (P,) decisions about pairs of rows: 1 one person, 0 two, -1 no answer."""

    def scores(self, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
        """Return (P,) scores of pairs of rows, larger for more alike; NaN where no answer.

        Raises:
            InputError: it gives decisions only.
        """
        del faces, first, second
        raise no_access(self, Access.SCORES)


class EmbedderUnderTest(OpenSystem):
    """A system that turns a photo into numbers; two photos are compared by their cosine."""

    role: ClassVar[str] = "embedder"

    @abstractmethod
    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings; rows without answer are NaN."""

    def scores(self, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
        """Return (P,) cosines of pairs of rows, each photo embedded once; NaN where no answer."""
        rows, place = np.unique(np.concatenate([first, second]), return_inverse=True)
        found = self.embed(faces, rows)
        norms = np.linalg.norm(found, axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            unit = found / norms
        cosines: FloatArray = np.einsum(
            "pe,pe->p", unit[place[: len(first)]], unit[place[len(first) :]]
        )
        return cosines


class SystemUnderTest(Component):
    """A door to a finished system; an author writes `open`.

    Importing a door's file must not import torch: it is imported where a system is opened.

    Attributes:
        by_id: whether it goes by the ids of photos alone, so that their size does not matter.
    """

    family: ClassVar[str] = "system_under_test"
    plan_key: ClassVar[str] = "system"
    by_id: ClassVar[bool] = False

    @abstractmethod
    def open(
        self, *, cache: Path, device: str = "auto", progress: Progress = silent
    ) -> IdentifierUnderTest | VerifierUnderTest | EmbedderUnderTest:
        """Return the system, ready to be asked.

        Args:
            cache: folder in which embeddings and answers may be kept, so that nothing is asked
                twice.
            device: where to compute, for what computes here: "auto", "cpu" or "cuda".
            progress: told of every photo.

        Raises:
            InputError: there is no such system, or it cannot be asked; the message says what to
                try.
        """


systems_under_test: Registry[SystemUnderTest] = Registry(
    SystemUnderTest,  # type: ignore[type-abstract]
    "faceaudit.systems.under_test",
)


def no_access(system: OpenSystem, wanted: Access) -> InputError:
    """Return the error of a system that does not give what is asked for."""
    return InputError(
        f"expected a system that gives {wanted}, got {system.title}, which gives "
        f"{spell_access(system.access)}; try an audit that needs less"
    )


def spell_access(access: Iterable[Access]) -> str:
    """Return what a system gives as text, most telling first."""
    held = set(access)
    return ", ".join(level.value for level in Access if level in held) or "nothing"
