"""Faces that are sums of a few patterns, and a network that is a linear map of their pixels."""

from __future__ import annotations

import numpy as np

from faceaudit.attacks.inversion.templates import Knowledge, TemplateOracle
from faceaudit.metrics import normalized
from faceaudit.types import FaceSet, FloatArray, ImageArray

SIZE = (16, 12)
_PIXELS = SIZE[0] * SIZE[1] * 3


def make_faces(people: int, photos: int, seed: int = 0, patterns: int = 24) -> FaceSet:
    """Return photos of people who are points in a space of patterns, with noise."""
    rng = np.random.default_rng(seed)
    waves = np.random.default_rng(99).standard_normal((patterns, _PIXELS))
    person = rng.standard_normal((people, 1, patterns))
    shown = person + 0.35 * rng.standard_normal((people, photos, patterns))
    pixels = 128 + 8 * shown.reshape(-1, patterns) @ waves
    label = np.repeat(np.arange(people), photos)
    return FaceSet(
        images=np.clip(pixels, 0, 255).astype(np.uint8).reshape(-1, *SIZE, 3),
        identity=label,
        names=tuple(f"p{number:04d}" for number in range(people)),
        ids=tuple(f"p{who:04d}/{row}" for row, who in enumerate(label.tolist())),
        group=np.arange(len(label)),
    )


class LinearNetwork:
    """What attacks use of an embedder: a size, and embeddings that are linear in the pixels."""

    size = SIZE
    embedding_size = 32

    def __init__(self, seed: int = 5) -> None:
        self._map = np.random.default_rng(seed).standard_normal((_PIXELS, self.embedding_size))

    def embed(self, images: ImageArray) -> FloatArray:
        """Return (N, 32) embeddings."""
        pixels = images.reshape(len(images), -1).astype(np.float64) - 128
        return (pixels @ self._map / 100).astype(np.float32)


class Attacked:
    """Stolen templates of people, another photo's of each, and what an attacker knows.

    Args:
        people: how many are attacked.
        threshold: of a system that answers with labels; None where it answers with scores.
    """

    def __init__(self, people: int = 12, threshold: float | None = None) -> None:
        self.network = LinearNetwork()
        faces, self.learned = make_faces(people, 2, seed=1), make_faces(150, 2, seed=2)
        templates = normalized(self.network.embed(faces.images))
        self.stolen, self.other = templates[::2], templates[1::2]
        self.photos = faces.images[::2]
        self.oracle = TemplateOracle(self.network, self.stolen, threshold)  # type: ignore[arg-type]

    def knowledge(self, *, asks: bool = True) -> Knowledge:
        """Return what an attacker has who may ask, or who may not."""
        templates = self.network.embed(self.learned.images)
        return Knowledge(self.learned, templates, oracle=self.oracle if asks else None)

    def cosines(self, images: ImageArray, templates: FloatArray) -> FloatArray:
        """Return how alike pictures are to templates, row by row."""
        return np.sum(normalized(self.network.embed(images)) * templates, axis=1)
