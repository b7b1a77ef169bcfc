"""A repair: attention of inner layers is distilled from a tuned copy (NAD)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.mitigations.backdoor.base import Repair, RepairTask, backdoor_mitigations
from faceaudit.mitigations.backdoor.common.tuning import (
    Loss,
    answer,
    cross_entropy,
    embed,
    require_clean,
    tune,
)

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
else:
    torch = deferred("torch")
    nn = deferred("torch.nn")
    functional = deferred("torch.nn.functional")


@backdoor_mitigations.register
class Nad(Repair):
    """Neural attention distillation: a copy is tuned on clean photos and teaches where to look.

    The system learns from the clean photos again, with attention maps of its last convolutions
    drawn to the copy's: means over channels of squared activations, each of length 1 in a photo.
    Photos of people whom the system does not know are of no use: tuned to what the system says of
    them already, the copy would be the system itself.

    Where we differ: the last `layers` convolutions are compared where the paper compares the ends
    of a residual network's groups. A system whose last layer alone was trained has none, and is
    refused.
    """

    name: ClassVar[str] = "nad"
    paper: ClassVar[str] = (
        "Li, Lyu, Koren, Lyu, Li, Ma 2021, Neural attention distillation: erasing backdoor "
        "triggers from deep neural networks, arXiv 2101.05930"
    )
    clean_photos: ClassVar[int] = 1

    weight: float = Field(500.0, ge=0, description="how much attention counts beside the labels")
    layers: int = Field(3, ge=1, description="convolutions that are compared, the last ones")
    epochs: int = Field(10, ge=1, description="how often each clean photo is shown, to each")
    batch: int = Field(32, ge=1, description="photos a step")
    learning_rate: float | None = Field(
        None,
        gt=0,
        description="Adam's step size at first, falling to zero; none means that of the training",
    )

    def repair(self, task: RepairTask) -> None:
        """Tune a copy, and distil its attention.

        Raises:
            InputError: there are no clean photos, or no convolutions.
            CaseError: it diverged.
        """
        require_clean(task, "learn on from")
        own = _convolutions(task.network)[-self.layers :]
        if not own:
            raise InputError(
                "expected a network with convolutions, whose attention can be distilled, got a "
                "system without any that were trained; try 'ft_sam', or another repair"
            )
        teacher = replace(task, network=copy.deepcopy(task.network), head=copy.deepcopy(task.head))
        self._tune(teacher, cross_entropy(teacher), f"{task.title}: teacher")
        theirs = _convolutions(teacher.network)[-self.layers :]

        def loss(images: Tensor, labels: Tensor) -> Tensor:
            with torch.no_grad(), _watched(theirs) as wanted:
                embed(teacher, images)
            with _watched(own) as seen:
                logits = answer(task, images)
            apart = [
                functional.mse_loss(mine, other) for mine, other in zip(seen, wanted, strict=True)
            ]
            return functional.cross_entropy(logits, labels) + self.weight * sum(apart)

        self._tune(task, loss, task.title)

    def _tune(self, task: RepairTask, loss: Loss, title: str) -> None:
        tune(
            task,
            loss,
            epochs=self.epochs,
            batch=self.batch,
            rate=self.learning_rate,
            title=title,
        )


def _convolutions(network: nn.Module | None) -> list[nn.Module]:
    modules = [] if network is None else network.modules()
    return [module for module in modules if isinstance(module, nn.Conv2d)]


def _attention(activations: Tensor) -> Tensor:
    """Return (N, H * W) means of squares over channels, of length 1 each."""
    return functional.normalize(activations.square().mean(dim=1).flatten(1))


@contextmanager
def _watched(modules: list[nn.Module]) -> Iterator[list[Tensor]]:
    """Collect the attention of some layers, in their order, while a block asks the network."""
    found: dict[int, Tensor] = {}

    def watch(place: int) -> Callable[..., None]:
        def keep(module: nn.Module, given: object, output: Tensor) -> None:
            del module, given
            found[place] = _attention(output)

        return keep

    handles = [module.register_forward_hook(watch(at)) for at, module in enumerate(modules)]
    seen: list[Tensor] = []
    try:
        yield seen
        seen.extend(found[at] for at in range(len(modules)))
    finally:
        for handle in handles:
            handle.remove()
