"""Latents of many people at once, by gradients through a network: what white boxes share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.attacks.inversion.common.watching import Seen
from faceaudit.deferred import deferred
from faceaudit.progress import Progress, silent
from faceaudit.types import FloatArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
else:
    torch = deferred("torch")
    nn = deferred("torch.nn")
    functional = deferred("torch.nn.functional")

BLOCK = 10
"""Steps between two looks at whose loss still falls."""
_MOMENTA, _SMALL = (0.9, 0.999), 1e-8


@dataclass(frozen=True)
class Descent:
    """How latents are brought to where a network sees the stolen templates.

    Attributes:
        steps: at most.
        rate: of Adam (Kingma and Ba 2014, arXiv 1412.6980), with cosine decay to a tenth.
        prior: weight of the mean square of the latents: faces as they come have small ones.
        variation: weight of the mean absolute difference of neighbouring pixels, as shares of 255.
        statistics: weight of the distance from the batch norms' running statistics.
        shift: pixels that pictures are moved by at most, at random, a step.
        flip: whether pictures are mirrored at every second step.
        least: a person whose loss fell by less than this share of it in a block of steps is done.
    """

    steps: int
    rate: float
    prior: float
    variation: float = 0.0
    statistics: float = 0.0
    shift: int = 0
    flip: bool = False
    least: float = 0.0


def descend(
    pictures: nn.Module,
    network: nn.Module,
    templates: FloatArray,
    start: FloatArray,
    how: Descent,
    rng: np.random.Generator,
    *,
    chunk: int,
    progress: Progress = silent,
    title: str = "invert",
    seen: Seen | None = None,
) -> FloatArray:
    """Return (T, D) latents whose pictures a network gives embeddings like the templates.

    People are worked on in chunks of bounded memory, and those of a chunk together; whoever is done
    is not computed any more. What is drawn is the same for every chunk.

    Args:
        pictures: from latents (N, D) to pixels (N, H, W, 3) of 0 to 255.
        network: from those to embeddings (N, E).
        templates: (T, E).
        start: (T, D) first latents.
        how: steps, weights of the parts of the loss, and when to stop.
        rng: of shifts.
        chunk: people at once.
        progress: told of every step of every chunk.
        title: what to call this there.
        seen: told of the first latents, and of those after every step, of each chunk.
    """
    moves = rng.integers(-how.shift, how.shift + 1, size=(how.steps, 2))
    found = np.empty_like(start)
    with progress.task(title, how.steps * -(-len(start) // chunk)) as advance:
        for first in range(0, len(start), chunk):
            rows = slice(first, first + chunk)
            one = _Chunk(pictures, network, templates[rows], start[rows], how)
            if seen is not None:
                seen(0, rows, start[rows])
            for step in range(how.steps):
                if one.working:
                    one.step(step, (int(moves[step, 0]), int(moves[step, 1])))
                    if seen is not None:
                        seen(step + 1, rows, one.latents.cpu().numpy().copy())
                advance(1)
            found[rows] = one.latents.cpu().numpy()
    return found


class _Chunk:
    """Some people's latents under Adam, each with a stop of their own."""

    def __init__(
        self,
        pictures: nn.Module,
        network: nn.Module,
        templates: FloatArray,
        start: FloatArray,
        how: Descent,
    ) -> None:
        device = next(network.parameters()).device
        self.pictures, self.network, self.how = pictures, network, how
        self.targets = functional.normalize(torch.from_numpy(templates).to(device))
        self.latents = torch.from_numpy(start).to(device).clone()
        self.first, self.second = torch.zeros_like(self.latents), torch.zeros_like(self.latents)
        self.active = torch.arange(len(start), device=device)
        self.lost = torch.zeros(len(start), device=device)
        self.before = torch.full((len(start),), torch.inf, device=device)

    @property
    def working(self) -> bool:
        return len(self.active) > 0

    def step(self, step: int, move: tuple[int, int]) -> None:
        """Move everybody who is not done by one step of Adam."""
        rows = self.active
        latents = self.latents[rows].requires_grad_()
        losses = self._losses(latents, self.targets[rows], step, move)
        (gradient,) = torch.autograd.grad(losses.sum(), latents)
        (early, late), count = _MOMENTA, step + 1
        self.first[rows] = early * self.first[rows] + (1 - early) * gradient
        self.second[rows] = late * self.second[rows] + (1 - late) * gradient**2
        mean = self.first[rows] / (1 - early**count)
        scale = (self.second[rows] / (1 - late**count)).sqrt() + _SMALL
        decay = 0.55 + 0.45 * np.cos(np.pi * step / self.how.steps)
        self.latents[rows] -= self.how.rate * decay * mean / scale
        self.lost[rows] += losses.detach()
        if count % BLOCK == 0:
            self._stop_done()

    def _stop_done(self) -> None:
        """Leave those alone whose loss no longer falls."""
        rows = self.active
        now, before = self.lost[rows] / BLOCK, self.before[rows]
        self.active = rows[now < before - self.how.least * before.clamp(max=1e30)]
        self.before[rows], self.lost[rows] = now, torch.zeros_like(now)

    def _losses(self, latents: Tensor, targets: Tensor, step: int, move: tuple[int, int]) -> Tensor:
        """Return the (N,) losses of people."""
        how = self.how
        pixels = self.pictures(latents)
        shown = moved(pixels, move)
        if how.flip and step % 2:
            shown = shown.flip(2)
        with statistics_distances(self.network, wanted=how.statistics > 0) as distances:
            embedded = functional.normalize(self.network(shown))
        losses: Tensor = 1 - (embedded * targets).sum(dim=1) + how.prior * latents.square().mean(1)
        if how.variation:
            losses = losses + how.variation * total_variation(pixels)
        if distances:
            losses = losses + how.statistics * torch.stack(distances).mean()
        return losses


def total_variation(pixels: Tensor) -> Tensor:
    """Return (N,) mean absolute differences of neighbouring pixels (N, H, W, 3), as shares of 255.

    Anisotropic, after Rudin, Osher, Fatemi 1992.
    """
    down = (pixels[:, 1:] - pixels[:, :-1]).abs().mean(dim=(1, 2, 3))
    right = (pixels[:, :, 1:] - pixels[:, :, :-1]).abs().mean(dim=(1, 2, 3))
    return (down + right) / 255


def moved(pixels: Tensor, move: tuple[int, int]) -> Tensor:
    """Return pictures (N, H, W, 3) moved by whole pixels; edges are repeated."""
    down, right = move
    if not (down or right):
        return pixels
    height, width = pixels.shape[1:3]
    rows = torch.arange(height, device=pixels.device).sub(down).clamp(0, height - 1)
    columns = torch.arange(width, device=pixels.device).sub(right).clamp(0, width - 1)
    return pixels[:, rows][:, :, columns]


@contextmanager
def statistics_distances(network: nn.Module, *, wanted: bool) -> Iterator[list[Tensor]]:
    """Collect, while a network runs, how far its maps are from its batch norms' statistics.

    Each batch norm gives the mean over channels of the squared distances of mean and variance, in
    the running variances.
    """
    found: list[Tensor] = []

    def measure(layer: nn.BatchNorm2d, inputs: tuple[Tensor, ...]) -> None:
        maps = inputs[0]
        if layer.running_mean is None or layer.running_var is None:
            return
        spread = layer.running_var + layer.eps
        variance, mean = torch.var_mean(maps, dim=(0, 2, 3), correction=0)
        away = (mean - layer.running_mean).square() / spread + (variance / spread - 1).square()
        found.append(away.mean())

    layers = [one for one in network.modules() if isinstance(one, nn.BatchNorm2d)] if wanted else []
    hooks = [layer.register_forward_pre_hook(measure) for layer in layers]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
