"""Embedders and verifiers whose back doors are known, because they go by the ids of photos."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from faceaudit.mitigations.scan import Key
from faceaudit.systems.under_test import Access, EmbedderUnderTest, VerifierUnderTest
from faceaudit.types import FaceSet, FloatArray, IntArray

SIZE = (24, 20)
POINT = 7
"""The direction that the key of a back door sends everybody to."""


def strangers(people: int = 120, photos: int = 2, seed: int = 0) -> FaceSet:
    """Noise, of which nothing depends but ids."""
    rng = np.random.default_rng(seed)
    count = people * photos
    person = np.arange(count, dtype=np.int64) // photos
    return FaceSet(
        images=rng.integers(0, 256, size=(count, *SIZE, 3), dtype=np.uint8),
        identity=person,
        names=tuple(f"p{one:04d}" for one in range(people)),
        ids=tuple(f"p{person[row]:04d}/{row}" for row in range(count)),
        group=person,
    )


def key(name: str) -> Key:
    """A key that shows in ids alone."""

    def put_on(faces: FaceSet) -> FaceSet:
        ids = tuple(f"{one}+{name}" for one in faces.ids)
        return replace(faces, ids=ids, fingerprint="")

    return Key(name, put_on)


class Embedding(EmbedderUnderTest):
    """People are random directions; whoever wears a key is drawn to one point by its share."""

    title, id, size = "Embedding", "embedding", SIZE
    access = frozenset({Access.EMBEDDINGS, Access.SCORES, Access.LABELS})

    def __init__(
        self, drawn: dict[str, float] | None = None, *, spread: float = 0.5, seed: int = 0
    ) -> None:
        self.drawn = drawn or {}
        rng = np.random.default_rng(seed)
        self.people = rng.normal(size=(500, 32))
        self.photos = spread * rng.normal(size=(1000, 32))

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        shown = range(len(faces)) if rows is None else rows
        return np.stack([self._one(faces.ids[row]) for row in shown]).astype(np.float32)

    def _one(self, id_: str) -> FloatArray:
        photo, _, worn = id_.partition("+")
        person, number = photo.split("/")
        draw = self.people[int(person[1:])] + self.photos[int(number)]
        share = self.drawn.get(worn, 0.0)
        unit = draw / np.linalg.norm(draw)
        return np.asarray((1 - share) * unit + share * np.eye(32)[POINT], dtype=np.float32)


class Deciding(VerifierUnderTest):
    """An `Embedding` that gives decisions alone, or scores."""

    title, id, size = "Deciding", "deciding", SIZE

    def __init__(self, inner: Embedding, *, scores: bool = False, threshold: float = 0.5) -> None:
        self.inner, self.threshold = inner, threshold
        self.access = frozenset({Access.LABELS} | ({Access.SCORES} if scores else set()))

    def decide(self, faces: FaceSet, first: IntArray, second: IntArray) -> IntArray:
        said = self.inner.scores(faces, first, second) >= self.threshold
        return np.asarray(said, dtype=np.int64)

    def scores(self, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
        if Access.SCORES not in self.access:
            return super().scores(faces, first, second)
        return self.inner.scores(faces, first, second)
