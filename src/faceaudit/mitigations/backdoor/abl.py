"""A repair: what is learned fastest is taken for poison, and unlearned (ABL)."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.mitigations.backdoor.base import Repair, RepairTask, backdoor_mitigations
from faceaudit.mitigations.backdoor.common.tuning import (
    answer,
    batches,
    device_of,
    each,
    learning,
    rate_of,
    require_finite,
    steps_of,
)
from faceaudit.training import TrainingPhotos
from faceaudit.types import Float64Array, IntArray

if TYPE_CHECKING:
    import torch
    from torch import nn
    from torch.nn import functional
else:
    torch = deferred("torch")
    functional = deferred("torch.nn.functional")


@backdoor_mitigations.register
class Abl(Repair):
    """Anti-backdoor learning: photos with the lowest loss early in a training are unlearned.

    A network of the same kind is trained anew for a few epochs, each photo once in each, with the
    loss held at `floor` (local gradient ascent); the photos whose loss is then lowest are taken for
    poison. The system then learns on from the others while its loss on these is raised (global
    gradient ascent). It needs no clean photos, but the training set.

    Where we differ: the system was trained already, so that isolation has a network of its own, and
    only the last stage of the paper's training follows. A loss on isolated photos is raised up to
    twice that of a guess, beyond which nothing more is forgotten but everything else.
    """

    name: ClassVar[str] = "abl"
    paper: ClassVar[str] = (
        "Li, Lyu, Koren, Lyu, Li, Ma 2021, Anti-backdoor learning: training clean models on "
        "poisoned data, arXiv 2110.11571"
    )
    uses_clean: ClassVar[bool] = False

    isolate: float = Field(0.01, gt=0, lt=0.5, description="share of the photos that is isolated")
    isolation_epochs: int = Field(3, ge=1, description="epochs after which losses are compared")
    floor: float = Field(0.5, ge=0, description="loss at which isolation holds a batch")
    epochs: int = Field(2, ge=1, description="epochs of unlearning")
    learning_rate: float | None = Field(
        None,
        gt=0,
        description="Adam's step size while unlearning; none means a tenth of the training's",
    )

    def repair(self, task: RepairTask) -> None:
        """Isolate photos, and unlearn them.

        Raises:
            CaseError: it diverged.
        """
        losses = self.isolation_losses(task)
        count = max(1, round(self.isolate * len(losses)))
        order = np.argsort(losses, kind="stable")
        self._unlearn(task, order[:count], order[count:])

    def isolation_losses(self, task: RepairTask) -> Float64Array:
        """Return (N,) losses of the training photos early in a training; poison has low ones."""
        fresh = replace(
            task,
            network=None if task.network is None else copy.deepcopy(task.network),
            head=copy.deepcopy(task.head),
        )
        batch, photos = task.options.batch, task.training_set
        total = steps_of(photos, self.isolation_epochs, batch)
        title = f"{task.title}: isolation"
        with learning(fresh) as weights, task.progress.task(title, total) as advance:
            for part in (fresh.network, fresh.head):
                _begin_anew(part)
            optimiser = torch.optim.Adam(weights, lr=task.options.learning_rate)
            for images, labels in batches(
                photos, self.isolation_epochs, batch, task.seed, device_of(task)
            ):
                loss = functional.cross_entropy(answer(fresh, images), labels)
                held = (loss - self.floor).abs()  # its slope is that of the loss, up or down
                optimiser.zero_grad(set_to_none=True)
                held.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                advance(1)
        logits, labels = each(photos, lambda images: answer(fresh, images))
        found: Float64Array = functional.cross_entropy(logits, labels, reduction="none").numpy()
        return found.astype(np.float64)

    def _unlearn(self, task: RepairTask, isolated: IntArray, others: IntArray) -> None:
        photos, batch = _take(task.training_set, others), task.options.batch
        rate = self.learning_rate
        rate = rate_of(task, None) / 10 if rate is None else rate
        most = 2 * float(np.log(max(2, task.head.out_features)))
        drawn = np.random.default_rng([task.seed, 1])
        total = steps_of(photos, self.epochs, batch)
        with learning(task) as weights, task.progress.task(task.title, total) as advance:
            optimiser = torch.optim.Adam(weights, lr=rate)
            for images, labels in batches(photos, self.epochs, batch, task.seed, device_of(task)):
                some = drawn.choice(isolated, min(batch, len(isolated)), replace=False)
                poison, theirs = (
                    part.to(device_of(task)) for part in task.training_set.gather(some)
                )
                kept = functional.cross_entropy(answer(task, images), labels)
                each_lost = functional.cross_entropy(answer(task, poison), theirs, reduction="none")
                loss = kept - each_lost.clamp_max(most).mean()
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                advance(1)
            require_finite(task)


def _begin_anew(part: nn.Module | None) -> None:
    """Draw all weights again, as a new network has them."""
    for module in [] if part is None else part.modules():
        reset = getattr(module, "reset_parameters", None)
        if callable(reset):
            reset()


def _take(photos: TrainingPhotos, rows: IntArray) -> TrainingPhotos:
    """Return some of the photos."""
    mirror = None if photos.mirror is None else photos.mirror[rows]
    return TrainingPhotos(
        photos.arrays, photos.array[rows], photos.row[rows], photos.label[rows], mirror
    )
