"""A repair: tuning that looks for flat minima (FT-SAM)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.mitigations.backdoor.base import Repair, RepairTask, backdoor_mitigations
from faceaudit.mitigations.backdoor.common.tuning import (
    clean_batches,
    cross_entropy,
    falling,
    learning,
    rate_of,
    require_clean,
    require_finite,
    steps_of,
)

if TYPE_CHECKING:
    import torch
else:
    torch = deferred("torch")

TINY = 1e-12


@backdoor_mitigations.register
class FtSam(Repair):
    """FT-SAM: all weights learn on from clean photos, with sharpness-aware steps.

    Each step is taken by the slope where the loss is largest nearby, each weight moved in
    proportion to its size: large weights, on which a key rests, change most.

    Where we differ: steps are Adam's, of the training's size; layers stay in evaluation mode.
    """

    name: ClassVar[str] = "ft_sam"
    paper: ClassVar[str] = (
        "Zhu, Wei, Shen, Fan, Wu 2023, Enhancing fine-tuning based backdoor defense with "
        "sharpness-aware minimization, arXiv 2304.11823"
    )
    clean_photos: ClassVar[int] = 1
    other_photos: ClassVar[int | None] = 1

    radius: float = Field(
        2.0, gt=0, description="how far weights are moved, in relation to their size, in all"
    )
    epochs: int = Field(10, ge=1, description="how often each clean photo is shown")
    batch: int = Field(32, ge=1, description="photos a step")
    learning_rate: float | None = Field(
        None,
        gt=0,
        description="Adam's step size at first, falling to zero; none means that of the training",
    )

    def repair(self, task: RepairTask) -> None:
        """Learn on from the clean photos.

        Raises:
            InputError: there are none.
            CaseError: it diverged.
        """
        require_clean(task, "learn on from")
        loss = cross_entropy(task)
        total = steps_of(task.clean, self.epochs, self.batch)
        with learning(task) as weights, task.progress.task(task.title, total) as advance:
            optimiser = torch.optim.Adam(weights, lr=rate_of(task, self.learning_rate))
            schedule = falling(optimiser, total)
            for images, labels in clean_batches(task, self.epochs, self.batch):
                slopes = torch.autograd.grad(loss(images, labels), weights)
                with torch.no_grad():
                    sized = [w.abs() * slope for w, slope in zip(weights, slopes, strict=True)]
                    length = torch.stack([one.square().sum() for one in sized]).sum().sqrt()
                    moved = [
                        w.abs() * one * (self.radius / (length + TINY))
                        for w, one in zip(weights, sized, strict=True)
                    ]
                    before = [w.clone() for w in weights]
                    for w, by in zip(weights, moved, strict=True):
                        w.add_(by)
                slopes = torch.autograd.grad(loss(images, labels), weights)
                with torch.no_grad():
                    for w, old, slope in zip(weights, before, slopes, strict=True):
                        w.copy_(old)
                        w.grad = slope
                optimiser.step()
                schedule.step()
                advance(1)
            require_finite(task)
