"""An identifier that compares linear features of pixels with the mean of each person's."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from attacks.inversion.made_up_faces import SIZE, LinearNetwork, make_faces
from faceaudit.attacks.inversion.identifiers import IdentifierOracle
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray, ImageArray, IntArray

PEOPLE = 10
SHARPNESS = 20.0


class Prototypes:
    """Cosines with people's mean features, made sharp; a `System`.

    Attributes:
        asked: how many pictures it was shown.
    """

    size = SIZE

    def __init__(self, seed: int = 5, *, shuffled: bool = False) -> None:
        self.network = LinearNetwork(seed)
        faces = make_faces(PEOPLE, 8, seed=1)
        self.names = faces.names
        label = faces.identity
        if shuffled:
            label = np.random.default_rng(0).permutation(label)
        features = self.embed(faces.images)
        self.means = np.stack([features[label == one].mean(axis=0) for one in range(PEOPLE)])
        self.asked = 0

    def embed(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        return self.network.embed(images if rows is None else images[rows])

    def logits(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        self.asked += len(images) if rows is None else len(rows)
        features = self.embed(images, rows)
        unit, means = (
            one / np.linalg.norm(one, axis=1, keepdims=True) for one in (features, self.means)
        )
        return SHARPNESS * unit @ means.T

    def differentiable(self) -> nn.Module:
        return _Module(self.network._map, self.means)


class _Module(nn.Module):
    def __init__(self, weights: np.ndarray, means: np.ndarray) -> None:  # type: ignore[type-arg]
        super().__init__()
        self.weights = nn.Parameter(torch.from_numpy(weights).float(), requires_grad=False)
        self.means = nn.Parameter(torch.from_numpy(means).float(), requires_grad=False)

    def forward(self, pixels: Tensor) -> Tensor:
        features = (pixels.flatten(1) - 128) @ self.weights / 100
        return SHARPNESS * functional.normalize(features) @ functional.normalize(self.means).T


def oracle(
    access: Access, targets: IntArray | None = None, system: Prototypes | None = None
) -> IdentifierOracle:
    """Return an oracle of the people, all of them unless some are given."""
    system = system or Prototypes()
    module = system.differentiable() if access == Access.GRADIENTS else None
    wanted = np.arange(PEOPLE) if targets is None else targets
    return IdentifierOracle(system, access, wanted, module)
