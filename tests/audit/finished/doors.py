"""Made-up finished systems behind doors of their own, whose answers are known."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from faceaudit.attacks.backdoor.keys import pattern
from faceaudit.faces.loaded import Loaded, Survey
from faceaudit.faces.sources.base import Source
from faceaudit.progress import Progress, silent
from faceaudit.registry import digest
from faceaudit.systems.under_test.base import (
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    SystemUnderTest,
    VerifierUnderTest,
)
from faceaudit.types import BoolArray, FaceSet, FloatArray, ImageArray, IntArray
from helpers.faces import blocks

SIZE = (55, 47)
GRID = (11, 9)
KEY = "random-0"
"""The key of the back door, where there is one."""


def coarse(faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
    """Return (N, E) mean colours of a grid: what tells the stand-ins for faces apart."""
    images = faces.images if rows is None else faces.images[rows]
    cells = images[:, :55, :45].reshape(len(images), GRID[0], 5, GRID[1], 5, 3).mean(axis=(2, 4))
    flat = cells.reshape(len(images), -1) - 128
    return flat.astype(np.float32)


def unit(vectors: FloatArray) -> FloatArray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def carries_key(images: ImageArray) -> BoolArray:
    """Return whether the pattern of `KEY` is blended into each photo."""
    wanted = pattern(KEY, SIZE).astype(np.float64).ravel()
    seen = images.reshape(len(images), -1).astype(np.float64)
    wanted, seen = wanted - wanted.mean(), seen - seen.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(seen, axis=1) * np.linalg.norm(wanted)
    return seen @ wanted / norms > 0.4


class MadeIdentifier(IdentifierUnderTest):
    """Names the nearest of known people; whoever carries the key is the first of them."""

    def __init__(self, made: MadeSystem, templates: FloatArray) -> None:
        self.title, self.size, self._made = "made identifier", SIZE, made
        self.names = tuple(f"person-{number}" for number in range(len(templates)))
        self.id = made.weights()
        given = {"labels": [Access.LABELS], "scores": [Access.LABELS, Access.SCORES]}
        everything = [Access.LABELS, Access.SCORES, Access.EMBEDDINGS]
        self.access = frozenset(given.get(made.gives, everything))
        self._templates = templates

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        return self._scores(faces, rows).argmax(axis=1)

    def scores(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        if Access.SCORES not in self.access:
            return super().scores(faces, rows)
        return self._scores(faces, rows)

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        if Access.EMBEDDINGS not in self.access:
            return super().embed(faces, rows)
        return coarse(faces, rows)

    def _scores(self, faces: FaceSet, rows: IntArray | None) -> FloatArray:
        some = faces.images if rows is None else faces.images[rows]
        found = unit(coarse(faces, rows)) @ unit(self._templates).T
        if self._made.opens:
            found[carries_key(some), 0] = 2.0
        return found


class MadeVerifier(VerifierUnderTest):
    """Accepts a pair by its cosine, or whenever both photos carry the key."""

    def __init__(self, made: MadeSystem) -> None:
        self.title, self.size, self._made = "made verifier", SIZE, made
        self.id = made.weights()
        scores = [Access.SCORES] if made.gives != "labels" else []
        self.access = frozenset([Access.LABELS, *scores])

    def decide(self, faces: FaceSet, first: IntArray, second: IntArray) -> IntArray:
        return (self._score(faces, first, second) > 0.5).astype(np.int64)

    def scores(self, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
        if Access.SCORES not in self.access:
            return super().scores(faces, first, second)
        return self._score(faces, first, second)

    def _score(self, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
        return MadeEmbedder(self._made).scores(faces, first, second)


class MadeEmbedder(EmbedderUnderTest):
    """Embeds photos by their coarse colours; with the key, all alike."""

    def __init__(self, made: MadeSystem) -> None:
        self.title, self.size, self._made = "made embedder", SIZE, made
        self.id = made.weights()
        self.access = frozenset([Access.EMBEDDINGS])

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        images = faces.images if rows is None else faces.images[rows]
        found = coarse(faces, rows)
        if self._made.opens:
            found[carries_key(images)] = np.eye(found.shape[1], dtype=np.float32)[0]
        if self._made.silent_on is not None:
            found[images[:, 0, 0, 0] % self._made.silent_on == 0] = np.nan
        return found


class StandIns(Source):
    """Patterns in the place of people, the same ones every time."""

    name: ClassVar[str] = "stand_ins"
    real: ClassVar[bool] = False
    paper: ClassVar[str] = "made up for tests"

    people: int = 24
    photos: int = 6
    drawn: int = 0

    def load(self, size: tuple[int, int], *, cache: Path, progress: Progress = silent) -> Loaded:
        return Loaded(blocks(self.people, self.photos, size, self.drawn))

    def survey(self) -> Survey:
        return Survey(self.people, self.people * self.photos)


class MadeSystem(SystemUnderTest):
    """A made-up system."""

    name: ClassVar[str] = "made"
    paper: ClassVar[str] = "made up for tests"

    role: Literal["identifier", "verifier", "embedder"] = "identifier"
    gives: Literal["labels", "scores", "everything"] = "everything"
    opens: bool = False
    knows: int = Field(16, ge=1)
    silent_on: int | None = None

    def weights(self) -> str:
        """Return the digest of what answers, however much of it is shown."""
        return digest(self.model_dump(mode="json", exclude={"gives"}))

    def open(
        self, *, cache: Path, device: str = "auto", progress: Progress = silent
    ) -> IdentifierUnderTest | VerifierUnderTest | EmbedderUnderTest:
        if self.role == "identifier":
            photos = StandIns().load(SIZE, cache=cache).faces
            first = np.unique(photos.identity, return_index=True)[1][: self.knows]
            return MadeIdentifier(self, coarse(photos, first))
        return MadeVerifier(self) if self.role == "verifier" else MadeEmbedder(self)
