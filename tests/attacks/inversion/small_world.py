"""People, photos and networks so small that gradients through them take no time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from faceaudit.attacks.inversion.templates.base import Knowledge
from faceaudit.metrics import normalized
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.types import FaceSet, FloatArray, ImageArray, IntArray

SIZE = (16, 16)
ATTACKED, LEARNED, PHOTOS = 24, 150, 3


def faces(people: int = ATTACKED + LEARNED, seed: int = 0) -> FaceSet:
    """Coarse patterns, one a person, with little noise a photo."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), PHOTOS)
    coarse = 128 + 40 * rng.standard_normal((people, 4, 4, 3))
    images = coarse[person] + 12 * rng.standard_normal((len(person), 4, 4, 3))
    images = images.repeat(4, axis=1).repeat(4, axis=2)
    return FaceSet(
        images=np.clip(images, 0, 255).astype(np.uint8),
        identity=person,
        names=tuple(f"person-{one:03d}" for one in range(people)),
        ids=tuple(f"{row:05d}" for row in range(len(person))),
        group=np.arange(len(person)),
    )


def embedder(images: ImageArray, seed: int = 0) -> Embedder:
    """A network with random weights, whose batch norms saw the photos."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = nn.Sequential(
            nn.Conv2d(3, 12, 3, stride=2, padding=1),
            nn.BatchNorm2d(12),
            nn.PReLU(12),
            nn.Conv2d(12, 16, 3, stride=2, padding=1),
            nn.BatchNorm2d(16),
            nn.PReLU(16),
            nn.Flatten(),
            nn.Linear(256, 32),
            nn.BatchNorm1d(32),
        )
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float().sub(127.5).div(127.5)
    module.train()
    for _ in range(60):
        module(pixels)
    return Embedder.wrap(module, size=SIZE)


@dataclass(frozen=True, eq=False)
class World:
    """Everything that an attack and its judge need.

    Attributes:
        known: what the attacker has.
        stolen: (T, E) templates of a photo of each attacked person.
        other: (T, E) of another photo.
        embedder: the attacked network.
    """

    known: Knowledge
    stolen: FloatArray
    other: FloatArray
    embedder: Embedder

    def own(self, images: ImageArray) -> FloatArray:
        """Return the (T,) cosines of pictures with the stolen templates."""
        return np.sum(normalized(self.embedder.embed(images)) * self.stolen, axis=1)

    def named(self, images: ImageArray) -> float:
        """Return for how many pictures the other photo of their person is the most alike."""
        scores = normalized(self.embedder.embed(images)) @ self.other.T
        return float(np.mean(scores.argmax(axis=1) == np.arange(len(images))))


def world(seed: int = 0) -> World:
    """Return people, some attacked and the others learned from."""
    everybody = faces(seed=seed)
    network = embedder(everybody.images, seed)
    templates = normalized(network.embed(everybody.images))
    first = np.flatnonzero(everybody.identity < ATTACKED)
    rest = np.flatnonzero(everybody.identity >= ATTACKED)
    known = Knowledge(taken(everybody, rest), templates[rest], embedder=network)
    return World(known, templates[first[::PHOTOS]], templates[first[1::PHOTOS]], network)


def taken(one: FaceSet, rows: IntArray) -> FaceSet:
    """Return some photos."""
    return FaceSet(
        images=one.images[rows],
        identity=one.identity[rows],
        names=one.names,
        ids=tuple(one.ids[row] for row in rows.tolist()),
        group=one.group[rows],
    )
