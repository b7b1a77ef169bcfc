"""What a system is and says, as plain values for JSON."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from faceaudit.errors import InputError
from faceaudit.systems.under_test.base import (
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    VerifierUnderTest,
)
from faceaudit.types import FaceSet, FloatArray, ImageArray

Served = IdentifierUnderTest | VerifierUnderTest | EmbedderUnderTest
_SHOWN = (Access.EMBEDDINGS, Access.SCORES, Access.LABELS)


class Answering:
    """A system's answers about single photos and pairs.

    Args:
        system: an opened system.

    Attributes:
        path: where it is asked.
        photos: what the photos of a request are called.

    Raises:
        InputError: an embedder that shows no embeddings.
    """

    def __init__(self, system: Served) -> None:
        self._system = system
        self.path: str
        self.photos: tuple[str, ...]
        self._answer: Callable[[FaceSet], dict[str, Any]]
        if isinstance(system, IdentifierUnderTest):
            self.path, self.photos = "/identify", ("photo",)
            self._answer = lambda faces: _identified(system, faces)
        elif isinstance(system, VerifierUnderTest):
            self.path, self.photos = "/verify", ("photo1", "photo2")
            self._answer = lambda faces: _verified(system, faces)
        else:
            if Access.EMBEDDINGS not in system.access:
                raise InputError(
                    f"expected an embedder that gives embeddings, got {system.title}; leave its "
                    "`access` out"
                )
            self.path, self.photos = "/embed", ("photo",)
            self._answer = lambda faces: _embedded(system, faces)

    def about(self) -> dict[str, Any]:
        """Return what the system is and how it is asked."""
        system = self._system
        return {
            "role": system.role,
            "title": system.title,
            "id": system.id,
            "size": list(system.size),
            "names": list(system.names) if isinstance(system, IdentifierUnderTest) else None,
            "access": [level.value for level in _SHOWN if level in system.access],
            "ask": {"method": "POST", "path": self.path, "photos": list(self.photos)},
        }

    def answer(self, photos: ImageArray) -> dict[str, Any]:
        """Return what the system says about the photos of a request, (P, H, W, 3) uint8."""
        rows = np.arange(len(photos), dtype=np.int64)
        return self._answer(FaceSet(photos, rows, self.photos, self.photos, rows))


def _identified(system: IdentifierUnderTest, faces: FaceSet) -> dict[str, Any]:
    label = int(system.labels(faces)[0])
    scores = _row(system.scores(faces)) if Access.SCORES in system.access else None
    embedding = _row(system.embed(faces)) if Access.EMBEDDINGS in system.access else None
    return {
        "answered": label >= 0 or scores is not None or embedding is not None,
        "label": label if label >= 0 else None,
        "name": system.names[label] if label >= 0 else None,
        "scores": scores,
        "embedding": embedding,
    }


def _verified(system: VerifierUnderTest, faces: FaceSet) -> dict[str, Any]:
    pair = np.array([0]), np.array([1])
    same = score = None
    if Access.LABELS in system.access:
        decision = int(system.decide(faces, *pair)[0])
        same = bool(decision) if decision >= 0 else None
    if Access.SCORES in system.access:
        found = float(system.scores(faces, *pair)[0])
        score = found if math.isfinite(found) else None
    return {"answered": same is not None or score is not None, "same": same, "score": score}


def _embedded(system: EmbedderUnderTest, faces: FaceSet) -> dict[str, Any]:
    embedding = _row(system.embed(faces))
    return {"answered": embedding is not None, "embedding": embedding}


def _row(found: FloatArray) -> list[float] | None:
    """Return the only row of (1, E) numbers, or None where one of them is none."""
    return None if not np.isfinite(found).all() else [float(value) for value in found[0]]
