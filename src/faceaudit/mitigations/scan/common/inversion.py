"""Triggers sought by gradients, several at once: a mask and a pattern each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.progress import Advance, Progress
from faceaudit.types import BoolArray, Float64Array, FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
else:
    torch = deferred("torch")
    functional = deferred("torch.nn.functional")

GOAL = 0.95
"""The share of photos that a trigger must send to its class, or of what else it is to reach."""
SHOWN = 0.25
"""The share of a photo above which what covers it may be a rebuilt face, and is not shown."""
AT_ONCE = 2**20
"""Pixels that go through the network at once: 400 photos for DeepID, 20 of 224 by 224. A trigger's
photos always go together."""
_PATIENCE = 10
"""Steps after which the weight of the mask's size is set anew, by how often the goal was met."""
_FACTOR = 1.5
_RATE = 0.15
_STARTING_WEIGHT = 1.0


class Goal(Protocol):
    """What triggers are to reach."""

    def __call__(self, answers: Tensor, part: slice) -> tuple[Tensor, Tensor]:
        """Return (c,) what triggers lack, with derivatives, and (c,) the share that they reach.

        Args:
            answers: (c, B, K) of the network about the same B photos with each of c triggers on.
            part: which of all triggers these are.
        """


@dataclass(frozen=True, eq=False)
class Classes:
    """The goal that each trigger sends photos to a class of its own.

    Attributes:
        wanted: (C,) int64, the class of each.
    """

    wanted: Tensor

    def __call__(self, answers: Tensor, part: slice) -> tuple[Tensor, Tensor]:
        """Return cross-entropy, and the share of photos that each sends to its class."""
        count, shown, _ = answers.shape
        wanted = self.wanted[part, None].expand(count, shown)
        missed = functional.cross_entropy(answers.flatten(0, 1), wanted.flatten(), reduction="none")
        reached = (answers.detach().argmax(dim=2) == wanted).float().mean(dim=1)
        return missed.reshape(count, shown).mean(dim=1), reached


@dataclass(frozen=True, eq=False)
class Triggers:
    """C things on a photo.

    Attributes:
        mask: (C, H, W) how much of each pixel is replaced, 0 to 1.
        pattern: (C, H, W, 3) by what, 0 to 255.
        reached: (C,) whether each reached its goal while it was learned.
    """

    mask: FloatArray
    pattern: FloatArray
    reached: BoolArray

    @property
    def share(self) -> Float64Array:
        """Return (C,) the share of the photo that each covers."""
        share: Float64Array = self.mask.mean(axis=(1, 2), dtype=np.float64)
        return share

    def worn(self, photo: ImageArray, place: int) -> ImageArray:
        """Return a photo (H, W, 3), or several (N, H, W, 3), with one of them on it."""
        mask = self.mask[place][:, :, None]
        mixed = (1 - mask) * photo + mask * self.pattern[place]
        photos: ImageArray = np.rint(mixed).clip(0, 255).astype(np.uint8)
        return photos


@dataclass(frozen=True, eq=False)
class Inverted(Triggers):
    """What sends photos to C classes.

    Attributes:
        success: (C,) share of photos, not among those that it was made on, that each sends to its
            class.
    """

    success: Float64Array


def invert(
    module: nn.Module,
    images: ImageArray,
    classes: IntArray,
    *,
    steps: int,
    batch: int,
    rng: np.random.Generator,
    progress: Progress,
) -> Inverted:
    """Find, for each class, a small mask and a pattern that send most photos to it.

    All classes are inverted together: each step shows every one of them the same `batch` photos, in
    one pass through the network where memory allows. Half of the photos are learned from, the other
    half say how often what was found succeeds.

    Args:
        module: from (N, H, W, 3) floats of 0 to 255 to (N, K) scores.
        images: (N, H, W, 3) uint8, at least two.
        classes: (C,) to invert.
        steps: of Adam.
        batch: photos a class and step.
        rng: draws starting points and the order of photos.
        progress: told of every step.
    """
    order = rng.permutation(len(images))
    half = len(images) // 2
    learned, kept = images[order[:half]], images[order[half:]]
    goal = Classes(torch.from_numpy(classes.astype(np.int64)))
    with progress.task("inverting triggers", steps) as advance:
        found = seek(
            module,
            learned,
            goal,
            len(classes),
            steps=steps,
            batch=batch,
            rng=rng,
            advance=advance,
        )
    success = np.array(
        [
            _success(module, kept, torch.from_numpy(mask), torch.from_numpy(pattern), int(wanted))
            for mask, pattern, wanted in zip(found.mask, found.pattern, classes, strict=True)
        ]
    )
    return Inverted(found.mask, found.pattern, found.reached, success)


def seek(
    module: nn.Module,
    images: ImageArray,
    goal: Goal,
    count: int,
    *,
    steps: int,
    batch: int,
    rng: np.random.Generator,
    advance: Advance,
) -> Triggers:
    """Find small masks and patterns that reach a goal, all of them in one batch.

    Args:
        module: from (N, H, W, 3) floats of 0 to 255 to (N, K) answers.
        images: (N, H, W, 3) uint8 to learn from.
        goal: what they are to reach.
        count: C, how many to seek.
        steps: of Adam.
        batch: photos a trigger and step.
        rng: draws starting points and the order of photos.
        advance: told of every step.
    """
    search = _Search(images.shape[1:3], goal, count, rng)
    for step in range(steps):
        rows = rng.choice(len(images), size=min(batch, len(images)), replace=False)
        search.step(module, torch.from_numpy(images[np.sort(rows)]).float())
        if step % _PATIENCE == _PATIENCE - 1:
            search.settle()
        advance(1)
    return search.best()


class _Search:
    """C masks and patterns as they are learned, and the best of each so far."""

    def __init__(
        self, size: tuple[int, int], goal: Goal, count: int, rng: np.random.Generator
    ) -> None:
        drawn = rng.normal(size=(count, *size, 4)).astype(np.float32)
        self._raw = torch.from_numpy(drawn * 0.1).requires_grad_()
        with torch.no_grad():
            self._raw[..., 3] -= 1.0  # a mask of a tenth or so, everywhere
        self._goal = goal
        self._weight = torch.full((count,), _STARTING_WEIGHT)
        self._adam = torch.optim.Adam([self._raw], lr=_RATE, betas=(0.5, 0.9))
        self._hits: list[Tensor] = []
        self._best = self._raw.detach().clone()
        self._smallest = torch.full((count,), float("inf"))

    def step(self, module: nn.Module, photos: Tensor) -> None:
        """Change all of them by what photos (B, H, W, 3) say."""
        height, width = photos.shape[1:3]
        count = max(1, AT_ONCE // (len(photos) * height * width))
        self._adam.zero_grad()
        hits = [
            self._learn(module, photos, slice(start, start + count))
            for start in range(0, len(self._raw), count)
        ]
        self._adam.step()
        self._hits.append(torch.cat(hits))

    def _learn(self, module: nn.Module, photos: Tensor, part: slice) -> Tensor:
        """Add up derivatives for a part of the triggers; return how much each reached."""
        mask, pattern = _opened(self._raw[part])
        mixed = photos + mask[:, None, :, :, None] * (pattern[:, None] - photos)
        answers = module(mixed.flatten(0, 1)).cpu().reshape(len(mask), len(photos), -1)
        missed, reached = self._goal(answers, part)
        size = mask.mean(dim=(1, 2))
        loss = missed + self._weight[part] * size
        loss.sum().backward()  # type: ignore[no-untyped-call]
        return reached

    def settle(self) -> None:
        """Press masks that met the goal harder, others less; keep the smallest that met it."""
        hits = torch.stack(self._hits).mean(dim=0)
        self._hits.clear()
        reached = hits >= GOAL
        size = _opened(self._raw.detach())[0].mean(dim=(1, 2))
        better = reached & (size < self._smallest)
        self._smallest = torch.where(better, size, self._smallest)
        self._best[better] = self._raw.detach()[better]
        self._weight = torch.where(reached, self._weight * _FACTOR, self._weight / _FACTOR)

    def best(self) -> Triggers:
        """Return the smallest ones that met the goal; the last ones where none did."""
        unmet = self._smallest.isinf()
        self._best[unmet] = self._raw.detach()[unmet]
        mask, pattern = _opened(self._best)
        return Triggers(mask.numpy(), pattern.numpy(), (~unmet).numpy())


def _opened(raw: Tensor) -> tuple[Tensor, Tensor]:
    """Return masks of 0 to 1 and patterns of 0 to 255 of unbounded numbers (C, H, W, 4)."""
    return raw[..., 3].sigmoid(), raw[..., :3].sigmoid() * 255


def _success(
    module: nn.Module, photos: ImageArray, mask: Tensor, pattern: Tensor, wanted: int
) -> float:
    """Return the share of photos that one trigger sends to its own class."""
    with torch.no_grad():
        shown = torch.from_numpy(photos).float()
        mixed = shown + mask[None, :, :, None] * (pattern[None] - shown)
        return float((module(mixed).argmax(dim=1) == wanted).float().mean())
