"""How repairs change a system: its answers as tensors, batches, and steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import CaseError, InputError
from faceaudit.mitigations.backdoor.base import RepairTask
from faceaudit.training import TrainingPhotos, epoch_order
from faceaudit.training.determinism import cpu_threads, deterministic, seeded
from faceaudit.training.loop import EVALUATION_BATCH
from faceaudit.types import FloatArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
else:
    torch = deferred("torch")
    functional = deferred("torch.nn.functional")

Batch = tuple["Tensor", "Tensor"]
"""Pixels or embeddings (B, ...), and labels (B,) or probabilities (B, K)."""
Loss = Callable[["Tensor", "Tensor"], "Tensor"]


def require_clean(task: RepairTask, what: str) -> None:
    """Raise `InputError` unless there are clean photos."""
    if not len(task.clean):
        raise InputError(
            f"expected clean photos to {what}, got none; give the repair a budget of clean photos"
        )


def embed(task: RepairTask, images: Tensor) -> Tensor:
    """Return (N, E) embeddings of pixels, or of what are embeddings already."""
    values = images.to(device_of(task), torch.float32)
    return values if task.network is None else task.network(values)


def answer(task: RepairTask, images: Tensor) -> Tensor:
    """Return (N, K) logits of pixels, or of embeddings."""
    logits: Tensor = task.head(embed(task, images))
    return logits


def device_of(task: RepairTask) -> torch.device:
    """Return where the system is."""
    return task.head.weight.device


def weights_of(task: RepairTask) -> list[nn.Parameter]:
    """Return everything that a repair may change."""
    networks = [] if task.network is None else list(task.network.parameters())
    return [*networks, *task.head.parameters()]


@contextmanager
def learning(task: RepairTask) -> Iterator[list[nn.Parameter]]:
    """Let derivatives flow to the weights, which are yielded, and draw by the task's seed.

    Layers stay in evaluation mode: running means of batches are not those of a few clean photos.
    """
    weights = weights_of(task)
    device = device_of(task)
    before = [weight.requires_grad for weight in weights]
    try:
        for weight in weights:
            weight.requires_grad_(True)  # noqa: FBT003 - torch has no name for it
        with (
            deterministic(device),
            cpu_threads(task.options.threads),
            seeded(f"repair {task.seed}", device),
            torch.enable_grad(),
        ):
            yield weights
    finally:
        for weight, was in zip(weights, before, strict=True):
            weight.requires_grad_(was)
            weight.grad = None


def batches(
    photos: TrainingPhotos,
    epochs: int,
    batch: int,
    seed: int,
    device: torch.device,
    answers: FloatArray | None = None,
) -> Iterator[Batch]:
    """Yield photos and labels on the device, each photo once an epoch, in a drawn order.

    Args:
        photos: N photos.
        epochs: how often each is shown.
        batch: photos a batch.
        seed: of the order.
        device: where they are wanted.
        answers: (N, K) probabilities, which are yielded in the place of labels; None for labels.
    """
    for epoch in range(epochs):
        order = epoch_order(photos.label, np.random.default_rng([seed, epoch]))
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            images, labels = photos.gather(rows)
            wanted = labels if answers is None else torch.from_numpy(answers[rows])
            yield images.to(device), wanted.to(device)


def clean_batches(task: RepairTask, epochs: int, batch: int) -> Iterator[Batch]:
    """Yield the clean photos with what is to be answered: labels, or the answers to keep."""
    return batches(task.clean, epochs, batch, task.seed, device_of(task), task.answers)


def keep_answers(task: RepairTask) -> RepairTask:
    """Return a task whose clean photos have the system's own answers, as it is, for labels.

    Of people whom it does not know nobody can say whom it should take them for. What it says of
    their bare photos is kept, as in learning without forgetting (Li, Hoiem 2016, arXiv 1606.09282),
    while a repair changes what it says of others.
    """
    logits, _ = each(task.clean, lambda images: answer(task, images))
    answers: FloatArray = functional.softmax(logits, dim=1).numpy()
    clean = replace(task.clean, label=answers.argmax(axis=1).astype(np.int64))
    return replace(task, clean=clean, answers=answers)


def steps_of(photos: TrainingPhotos, epochs: int, batch: int) -> int:
    """Return how many batches there are."""
    return epochs * -(-len(photos) // batch)


def falling(optimiser: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """Return a schedule by which steps get smaller, to zero as a cosine.

    Steps of the training's size take a trained system apart first; later ones must mend that.
    """
    return torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)


def rate_of(task: RepairTask, rate: float | None) -> float:
    """Return a learning rate: that of the training where none is given."""
    return task.options.learning_rate if rate is None else rate


def tune(
    task: RepairTask,
    loss: Loss,
    *,
    epochs: int,
    batch: int,
    rate: float | None,
    after: Callable[[], None] | None = None,
    title: str = "",
) -> None:
    """Take steps of Adam against a loss on the clean photos.

    Args:
        task: what is changed.
        loss: of pixels or embeddings (B, ...) and labels (B,) or probabilities (B, K).
        epochs: how often each photo is shown.
        batch: photos a step.
        rate: the learning rate; None means that of the training.
        after: called after every step.
        title: what is done.

    Raises:
        CaseError: the loss is no finite number any more.
    """
    total = steps_of(task.clean, epochs, batch)
    with learning(task) as weights, task.progress.task(title or task.title, total) as advance:
        optimiser = torch.optim.Adam(weights, lr=rate_of(task, rate))
        schedule = falling(optimiser, total)
        for images, labels in clean_batches(task, epochs, batch):
            value = loss(images, labels)
            optimiser.zero_grad(set_to_none=True)
            value.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            if after is not None:
                after()
            advance(1)
        require_finite(task)


def require_finite(task: RepairTask) -> None:
    """Raise `CaseError` when a repair diverged."""
    if not all(bool(torch.isfinite(weight).all()) for weight in weights_of(task)):
        raise CaseError(
            "expected a repair with finite weights, got others: it diverged; try a smaller "
            "learning_rate"
        )


def cross_entropy(task: RepairTask) -> Loss:
    """Return the mean cross-entropy of the system's answers."""

    def loss(images: Tensor, labels: Tensor) -> Tensor:
        return functional.cross_entropy(answer(task, images), labels)

    return loss


def each(photos: TrainingPhotos, of: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """Return what a function makes of all photos, on the CPU, and their labels."""
    found = []
    with torch.inference_mode():
        for start in range(0, len(photos), EVALUATION_BATCH):
            rows = np.arange(start, min(start + EVALUATION_BATCH, len(photos)))
            found.append(of(photos.gather(rows)[0]).float().cpu())
    return torch.cat(found), torch.from_numpy(photos.label)
