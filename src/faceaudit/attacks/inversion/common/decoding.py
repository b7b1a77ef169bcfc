"""A network from templates to latents, learned on other people."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.attacks.inversion.common.descent import moved
from faceaudit.deferred import deferred
from faceaudit.progress import Progress, silent
from faceaudit.systems.embedding.adapter import LinearMap
from faceaudit.training.determinism import deterministic, seeded
from faceaudit.types import FloatArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
else:
    torch = deferred("torch")
    functional = deferred("torch.nn.functional")
    nn = deferred("torch.nn")


@dataclass(frozen=True)
class Stage:
    """A part of the learning.

    Attributes:
        steps: of Adam, with cosine decay to nothing.
        batch: templates a step.
        rate: learning rate.
    """

    steps: int
    batch: int
    rate: float


class LatentDecoder:
    """A linear map from templates to latents, and a network with two hidden layers added to it.

    Args:
        start: the linear map, fitted in closed form; the network adds nothing to it at first.
        hidden: units of each hidden layer.
        device: where to run.
        rng: of first weights, and of what each step is shown.
    """

    def __init__(
        self, start: LinearMap, hidden: int, device: torch.device, rng: np.random.Generator
    ) -> None:
        self._device, self._rng = device, rng
        length, latents = start.weight.shape
        with seeded(f"decoder {int(rng.integers(2**62))}"):
            linear = nn.Linear(length, latents)
            first, last = nn.Linear(length, hidden), nn.Linear(hidden, latents)
            network = nn.Sequential(first, nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(), last)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(start.weight.T))
            linear.bias.copy_(torch.from_numpy(start.offset))
            first.weight.mul_(length**0.5)  # entries of a template are that much smaller
            last.weight.zero_()
            last.bias.zero_()
        self._parts = nn.ModuleList([linear, network]).to(device)

    def fit_latents(
        self, templates: FloatArray, latents: FloatArray, stage: Stage, progress: Progress = silent
    ) -> None:
        """Learn the latents (N, D) of photos from their templates (N, E) of length 1."""
        inputs, wanted = self._tensor(templates), self._tensor(latents)

        def loss(rows: Tensor, _others: Tensor) -> Tensor:
            return functional.mse_loss(self._decode(inputs[rows]), wanted[rows])

        self._fit(len(inputs), loss, stage, progress, "learn latents")

    def fit_answers(
        self,
        given: FloatArray,
        wanted: FloatArray,
        pictures: nn.Module,
        network: nn.Module,
        stage: Stage,
        *,
        prior: float,
        shift: int,
        flip: bool,
        progress: Progress = silent,
    ) -> None:
        """Learn latents whose pictures a network gives the embeddings that are wanted.

        Beside the templates of photos, mixtures of two people's are shown: the network judges any
        template, with a photo or without.

        Args:
            given: (N, E) templates of length 1 that the decoder is given.
            wanted: (N, E) of length 1, the same ones, unless a null shuffles them.
            pictures: from latents (N, D) to pixels (N, H, W, 3) of 0 to 255.
            network: from those to embeddings (N, E).
            stage: how long.
            prior: weight of the mean square of the latents.
            shift: pixels that pictures are moved by at most, at random.
            flip: whether half of them are mirrored, at random.
            progress: told of every step.
        """
        inputs, goals = self._tensor(given), self._tensor(wanted)

        def loss(rows: Tensor, others: Tensor) -> Tensor:
            # Half of them as they are, the others mixed, with any share.
            share = torch.from_numpy(self._rng.random((len(rows), 1), dtype=np.float32))
            share[::2] = 1
            share = share.to(self._device)
            mixed, goal = (
                functional.normalize(share * side[rows] + (1 - share) * side[others])
                for side in (inputs, goals)
            )
            latents = self._decode(mixed)
            down, right = self._rng.integers(-shift, shift + 1, size=2).tolist()
            pixels = moved(pictures(latents), (down, right))
            mirrored = flip and self._rng.random() < 0.5
            embedded = functional.normalize(network(pixels.flip(2) if mirrored else pixels))
            return 1 - (embedded * goal).sum(dim=1).mean() + prior * latents.square().mean()

        self._fit(len(inputs), loss, stage, progress, "learn what the network sees")

    def decode(self, templates: FloatArray) -> FloatArray:
        """Return (N, D) latents of (N, E) templates of length 1."""
        with torch.no_grad():
            return np.asarray(self._decode(self._tensor(templates)).cpu().numpy())

    def _decode(self, templates: Tensor) -> Tensor:
        linear, network = self._parts
        found: Tensor = linear(templates) + network(templates)
        return found

    def _tensor(self, values: FloatArray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)).to(self._device)

    def _fit(
        self,
        count: int,
        loss: Callable[[Tensor, Tensor], Tensor],
        stage: Stage,
        progress: Progress,
        title: str,
    ) -> None:
        """Lower the loss of rows, and of other rows to mix with them, drawn anew at each step."""
        adam = torch.optim.Adam(self._parts.parameters(), lr=stage.rate)
        with progress.task(title, stage.steps) as advance, deterministic(self._device):
            for step in range(stage.steps):
                rate = stage.rate * 0.5 * (1 + math.cos(math.pi * step / stage.steps))
                for group in adam.param_groups:
                    group["lr"] = rate
                rows, others = torch.from_numpy(
                    self._rng.integers(count, size=(2, stage.batch))
                ).to(self._device)
                adam.zero_grad()
                loss(rows, others).backward()  # type: ignore[no-untyped-call]
                adam.step()
                advance(1)
