"""An embedder whose embeddings are known: they are written into the pixels."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from faceaudit.networks import networks
from faceaudit.networks.common.face_network import FaceNetwork
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.types import FaceSet

SIZE = 8


class _Pixels(FaceNetwork):
    """Gives the first pixels of a photo, less their middle, as its embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.input_size = (1, SIZE)
        self.embedding_size = SIZE
        self.unused = torch.nn.Parameter(torch.zeros(1))

    def encode(self, images: Tensor) -> Tensor:
        return images[:, 0, 0, :] + 0 * self.unused


def embedder() -> Embedder:
    return Embedder(networks.build("deepid"), _Pixels(), "stub")


def faces(embeddings: np.ndarray, identity: np.ndarray) -> FaceSet:
    """Return photos whose embeddings are (nearly) the given ones, each value in [-1, 1]."""
    pixels = np.clip(np.round(embeddings * 127.5 + 127.5), 0, 255).astype(np.uint8)
    count = len(pixels)
    return FaceSet(
        images=np.repeat(pixels[:, None, :, None], 3, axis=3),
        identity=identity.astype(np.int64),
        names=tuple(f"person-{one:03d}" for one in range(int(identity.max()) + 1)),
        ids=tuple(f"photo-{one:05d}" for one in range(count)),
        group=np.arange(count),
    )


def people(count: int, photos: int, spread: float, seed: int = 0) -> FaceSet:
    """Draw people on a sphere, and their photos around them."""
    rng = np.random.default_rng(seed)
    centre = rng.normal(size=(count, SIZE))
    centre /= np.linalg.norm(centre, axis=1, keepdims=True)
    identity = np.repeat(np.arange(count), photos)
    around = centre[identity] + spread * rng.normal(size=(len(identity), SIZE)) / np.sqrt(SIZE)
    return faces(0.9 * around / np.abs(around).max(), identity)
