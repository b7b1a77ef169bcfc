"""A repair: entries of embeddings that clean photos leave dormant are cut, then all is tuned."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.mitigations.backdoor.base import Repair, RepairTask, backdoor_mitigations
from faceaudit.mitigations.backdoor.common.tuning import (
    cross_entropy,
    each,
    embed,
    require_clean,
    tune,
)

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
else:
    torch = deferred("torch")

LEVELS = 50


@backdoor_mitigations.register
class FinePruning(Repair):
    """Entries of embeddings are cut, the least active on clean photos first, and the rest is tuned.

    As many are cut as leave the accuracy on the clean photos at most `lost` lower.

    Where we differ: the paper cuts channels of the last convolution; here entries of the embedding
    are cut, which every network has, by leaving them out of the last layer. Activity is the mean
    absolute value: not every embedding is positive. Shares in steps of 2 % are tried. On photos of
    people whom the system does not know, accuracy is agreement with what it said before.
    """

    name: ClassVar[str] = "fine_pruning"
    paper: ClassVar[str] = (
        "Liu, Dolan-Gavitt, Garg 2018, Fine-Pruning: defending against backdooring attacks on deep "
        "neural networks, arXiv 1805.12185"
    )
    clean_photos: ClassVar[int] = 1
    other_photos: ClassVar[int | None] = 1

    lost: float = Field(
        0.04, ge=0, le=1, description="accuracy on the clean photos that cutting may cost"
    )
    epochs: int = Field(10, ge=0, description="how often each clean photo is shown afterwards")
    batch: int = Field(32, ge=1, description="photos a step")
    learning_rate: float | None = Field(
        None,
        gt=0,
        description="Adam's step size at first, falling to zero; none means that of the training",
    )

    def repair(self, task: RepairTask) -> None:
        """Cut entries, and learn on without them.

        Raises:
            InputError: there are no clean photos.
            CaseError: it diverged.
        """
        require_clean(task, "see which entries are dormant on")
        embeddings, labels = each(task.clean, lambda images: embed(task, images))
        kept = kept_entries(embeddings, labels, task.head, self.lost).to(task.head.weight.device)

        def cut() -> None:
            with torch.no_grad():
                task.head.weight.mul_(kept)

        cut()
        if self.epochs:
            tune(
                task,
                cross_entropy(task),
                epochs=self.epochs,
                batch=self.batch,
                rate=self.learning_rate,
                after=cut,
            )


def kept_entries(embeddings: Tensor, labels: Tensor, head: nn.Linear, lost: float) -> Tensor:
    """Return (E,) 1 for entries that stay and 0 for those that are cut.

    Args:
        embeddings: (N, E) of clean photos, on the CPU.
        labels: (N,) theirs.
        head: the last layer, which stays as it is; a copy answers without what is cut.
        lost: accuracy that may be lost.
    """
    order = torch.argsort(embeddings.abs().mean(dim=0), stable=True)
    tried = copy.deepcopy(head).cpu()
    weight = tried.weight.detach().clone()
    size = len(order)
    best = torch.ones(size)
    before: float | None = None
    for count in np.unique(np.linspace(0, size - 1, LEVELS + 1).astype(np.int64)):
        kept = torch.ones(size)
        kept[order[:count]] = 0
        with torch.no_grad():
            tried.weight.copy_(weight * kept)
            right = tried(embeddings).argmax(dim=1) == labels
        accuracy = float(right.float().mean())
        before = accuracy if before is None else before
        if accuracy < before - lost:
            break
        best = kept
    return best
