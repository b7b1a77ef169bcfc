"""Small systems under test whose answers are plain arithmetic of the pixels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from faceaudit.errors import InputError
from faceaudit.progress import Progress, silent
from faceaudit.systems.under_test import (
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    SystemUnderTest,
    VerifierUnderTest,
    systems_under_test,
)
from faceaudit.types import FaceSet, FloatArray, IntArray

SIZE = (24, 20)


def vectors(faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
    """Return (N, 3) means of the channels divided by three; NaN for photos that are dark."""
    images = faces.images if rows is None else faces.images[rows]
    found = (images.mean((1, 2)) / 3).astype(np.float32)
    found[found.mean(1) < 20] = np.nan
    return found


class StubIdentifier(IdentifierUnderTest):
    title, id, size = "Stub", "stub-identifier", SIZE
    names = ("Ann", "Bob", "Cid")
    access = frozenset({Access.LABELS, Access.SCORES, Access.EMBEDDINGS})

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        found = vectors(faces, rows)
        return np.where(np.isnan(found).any(1), -1, np.nan_to_num(found).argmax(1))

    def scores(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        return vectors(faces, rows)

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        return np.hstack([vectors(faces, rows)] * 2)


class StubVerifier(VerifierUnderTest):
    title, id, size = "Stub", "stub-verifier", SIZE
    access = frozenset({Access.LABELS, Access.SCORES})

    def decide(self, faces: FaceSet, first: IntArray, second: IntArray) -> IntArray:
        scores = self.scores(faces, first, second)
        return np.where(np.isnan(scores), -1, scores > 0.998)

    def scores(self, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
        one, two = vectors(faces, first), vectors(faces, second)
        return (one * two).sum(1) / np.sqrt((one**2).sum(1) * (two**2).sum(1))


class StubEmbedder(EmbedderUnderTest):
    title, id, size = "Stub", "stub-embedder", SIZE
    access = frozenset({Access.EMBEDDINGS, Access.SCORES})

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        return vectors(faces, rows)


class Stub(SystemUnderTest):
    """A stub, for tests."""

    name: ClassVar[str] = "stub"
    paper: ClassVar[str] = "none"
    path: str
    role: Literal["identifier", "verifier", "embedder"] = "identifier"

    def open(
        self, *, cache: Path, device: str = "auto", progress: Progress = silent
    ) -> IdentifierUnderTest | VerifierUnderTest | EmbedderUnderTest:
        if self.path != "there":
            raise InputError(f"expected there, got {self.path}")
        kinds = {"identifier": StubIdentifier, "verifier": StubVerifier, "embedder": StubEmbedder}
        return kinds[self.role]()


@contextmanager
def stub_door() -> Iterator[None]:
    """Let `stub` be a door while the block lasts."""
    systems_under_test.names()
    systems_under_test.register(Stub)
    try:
        yield
    finally:
        del systems_under_test._members["stub"]
