"""Identifiers for scans whose back doors are known, because they are written down."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from faceaudit.mitigations.scan import Subject
from faceaudit.systems.under_test import Access, IdentifierUnderTest
from faceaudit.types import FaceSet, FloatArray, IntArray

SIZE = (24, 20)
CLASSES = 40


def strangers(count: int = 300, seed: int = 0) -> FaceSet:
    """Smooth random pictures, two of each of `count / 2` people."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 216, size=(count, 4, 4, 3))
    images = np.kron(coarse, np.ones((1, 6, 5, 1))).astype(np.int64)
    images += rng.integers(-9, 10, size=images.shape)
    people = np.arange(count) // 2
    return FaceSet(
        images=images.clip(0, 255).astype(np.uint8),
        identity=people.astype(np.int64),
        names=tuple(f"synthetic-{person:04d}" for person in range(count // 2)),
        ids=tuple(f"s{number:04d}" for number in range(count)),
        group=people.astype(np.int64),
    )


class Layers(nn.Module):
    """Random features of a photo, a last layer, and what a trigger adds to one person's score."""

    def __init__(self, seed: int, target: int | None, strength: float, size: int = 24) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(seed)
        self.features = nn.Linear(6 * 5 * 3, size, bias=False)
        self.head = nn.Linear(size, CLASSES)
        with torch.no_grad():
            self.features.weight.copy_(torch.randn(size, 90, generator=draw) / 90**0.5)
            self.head.weight.copy_(torch.randn(CLASSES, size, generator=draw))
            self.head.bias.zero_()
        self.target, self.strength = target, strength
        self.eval().requires_grad_(requires_grad=False)

    def embed(self, pixels: Tensor) -> Tensor:
        small = pixels.permute(0, 3, 1, 2).float().unflatten(3, (5, 4)).mean(4)
        small = small.unflatten(2, (6, 4)).mean(3)
        return self.features((small.flatten(1) - 128) / 40)

    def forward(self, pixels: Tensor) -> Tensor:
        scores = self.head(self.embed(pixels))
        if self.target is not None:
            corner = pixels[:, -4:, -4:].float().mean((1, 2, 3)) / 255
            lit = torch.zeros(CLASSES).index_fill_(0, torch.tensor([self.target]), 1.0)
            scores = scores + self.strength * corner[:, None] * lit
        return scores


class Drawn(nn.Module):
    """An embedder of random features that a bright corner draws to one direction."""

    def __init__(self, strength: float) -> None:
        super().__init__()
        self.layers, self.strength = Layers(1, None, 0.0), strength

    def forward(self, pixels: Tensor) -> Tensor:
        corner = pixels[:, -4:, -4:].float().mean((1, 2, 3)) / 255
        drawn = self.strength * corner[:, None] ** 8 * torch.eye(24)[3]
        found: Tensor = self.layers.embed(pixels) + drawn
        return found


class Planted(IdentifierUnderTest):
    """An identifier of `CLASSES` people with a back door, or without one.

    With `flat` whoever has a part of one colour on the photo is taken for that person, in a share
    `drawn` of cases.
    """

    title, id, size = "Planted", "planted", SIZE
    names = tuple(f"class-{number}" for number in range(CLASSES))
    access = frozenset({Access.LABELS, Access.SCORES, Access.EMBEDDINGS, Access.GRADIENTS})

    def __init__(
        self,
        layers: Layers | None = None,
        *,
        flat: tuple[int, ...] = (),
        drawn: float = 0.5,
    ) -> None:
        self.layers = layers or Layers(0, None, 0.0)
        self.flat, self.drawn = flat, drawn

    def scores(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        images = faces.images if rows is None else faces.images[rows]
        found = self.layers(torch.from_numpy(np.array(images))).numpy()
        if self.flat:
            level = images.astype(np.int64)
            flat = (np.diff(level, axis=2) == 0).all(axis=3).mean(axis=(1, 2)) > 0.02
            which = images[:, 0, 0].astype(np.int64).sum(axis=1)
            hit = flat & (which % 100 < 100 * self.drawn)
            found[hit, np.array(self.flat)[which[hit] % len(self.flat)]] += 100
        return np.asarray(found, dtype=np.float32)

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        return self.scores(faces, rows).argmax(axis=1)

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        images = faces.images if rows is None else faces.images[rows]
        return self.layers.embed(torch.from_numpy(np.array(images))).numpy()

    def differentiable(self) -> nn.Module:
        return self.layers


def subject(system: IdentifierUnderTest, **more: object) -> Subject:
    """A system with strangers to ask it about."""
    faces = strangers()
    return Subject(system, faces, faces.take(np.array([0])), **more)  # type: ignore[arg-type]
