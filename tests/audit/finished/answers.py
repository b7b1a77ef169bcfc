"""Systems that say what they are told to, photo by photo."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from faceaudit.systems.under_test.base import Access, IdentifierUnderTest, VerifierUnderTest
from faceaudit.types import FaceSet, FloatArray, IntArray

Say = Callable[[FaceSet, IntArray], object]


class Told(IdentifierUnderTest):
    """An identifier whose labels, scores and embeddings are functions of photos."""

    def __init__(
        self,
        names: tuple[str, ...],
        labels: Say,
        *,
        scores: Say | None = None,
        embed: Say | None = None,
    ) -> None:
        self.title, self.id, self.size, self.names = "told", "0" * 64, (55, 47), names
        given = [(Access.SCORES, scores), (Access.EMBEDDINGS, embed)]
        self.access = frozenset([Access.LABELS, *(level for level, how in given if how)])
        self._labels, self._scores, self._embed = labels, scores, embed

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        return np.asarray(self._labels(faces, _all(faces, rows)), dtype=np.int64)

    def scores(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        assert self._scores is not None
        return np.asarray(self._scores(faces, _all(faces, rows)), dtype=np.float32)

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        assert self._embed is not None
        return np.asarray(self._embed(faces, _all(faces, rows)), dtype=np.float32)


class ToldPairs(VerifierUnderTest):
    """A verifier whose answers are functions of pairs."""

    def __init__(
        self,
        scores: Callable[[FaceSet, IntArray, IntArray], object] | None = None,
        decide: Callable[[FaceSet, IntArray, IntArray], object] | None = None,
    ) -> None:
        self.title, self.id, self.size = "told", "0" * 64, (55, 47)
        given = [(Access.SCORES, scores), (Access.LABELS, decide)]
        self.access = frozenset(level for level, how in given if how)
        self._scores, self._decide = scores, decide

    def decide(self, faces: FaceSet, first: IntArray, second: IntArray) -> IntArray:
        assert self._decide is not None
        return np.asarray(self._decide(faces, first, second), dtype=np.int64)

    def scores(self, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
        assert self._scores is not None
        return np.asarray(self._scores(faces, first, second), dtype=np.float32)


def _all(faces: FaceSet, rows: IntArray | None) -> IntArray:
    return np.arange(len(faces)) if rows is None else rows
