"""The training loop that every network shares."""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.errors import InputError
from faceaudit.networks import FaceNetwork, training_memory_format
from faceaudit.progress import Progress, silent
from faceaudit.registry import Options
from faceaudit.training.determinism import deterministic, seeded
from faceaudit.training.photos import TrainingPhotos, epoch_order

CHECKPOINT_SECONDS = 5.0
EVALUATION_BATCH = 256


class Training(Options):
    """How a network is trained.

    The defaults are those of the backdoor study of Chen et al. 2017 for DeepID (Adam at 1e-4,
    batches of 1,024, every person shown equally often an epoch); a plan for few photos wants
    smaller batches and larger steps.
    """

    epochs: int = Field(50, ge=1, description="epochs at most")
    batch: int = Field(1024, ge=1, description="photos a step")
    learning_rate: float = Field(1e-4, gt=0, description="Adam's step size at the start")
    schedule: Literal["constant", "cosine"] = Field(
        "constant", description="the step size over time: constant, or falling to zero as a cosine"
    )
    weight_decay: float = Field(0.0, ge=0, description="decoupled weight decay (AdamW)")
    patience: int = Field(5, ge=1, description="epochs without a better validation loss to stop at")
    per_person: int | None = Field(
        None,
        ge=1,
        description="photos shown a person and epoch; none means the median a person has",
    )
    mirrored: bool = Field(
        default=False, description="whether to learn from each photo's mirror image as well"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where to train")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="auto: bfloat16 autocast on CUDA, float32 on the CPU"
    )

    def torch_device(self) -> torch.device:
        """Return the device to train on.

        Raises:
            InputError: CUDA was asked for where there is none.
        """
        cuda = torch.cuda.is_available()
        if self.device == "cuda" and not cuda:
            raise InputError("expected a CUDA device, got none; try `device: auto`")
        return torch.device("cuda" if cuda and self.device != "cpu" else "cpu")


@dataclass(frozen=True, eq=False)
class Trained:
    """The outcome of a training.

    Attributes:
        state: weights of `network` and `head` at the best validation loss, on the CPU.
        curve: one mapping an epoch: epoch, train_loss, validation_loss, validation_accuracy.
    """

    state: Mapping[str, Tensor]
    curve: tuple[Mapping[str, float], ...]


class Classifier(nn.Module):
    """A network with a softmax head: prepared images to one logit a person."""

    def __init__(self, network: FaceNetwork, people: int) -> None:
        super().__init__()
        self.network = network
        self.head = nn.Linear(network.embedding_size, people)

    def forward(self, images: Tensor) -> Tensor:
        """Return (N, people) logits of prepared images."""
        logits: Tensor = self.head(self.network(images))
        return logits


def fit(
    model: Classifier,
    train: TrainingPhotos,
    validation: TrainingPhotos,
    options: Training,
    *,
    seed: int,
    checkpoint: Path | None = None,
    progress: Progress = silent,
    title: str = "training",
) -> Trained:
    """Train until the validation loss stops falling; the same seed gives the same bits on a CPU.

    Args:
        model: trained in place; left in an arbitrary state, the result holds the best one.
        train: photos to learn from.
        validation: photos that decide when to stop.
        options: how.
        seed: sets the order in which photos are shown.
        checkpoint: a file to go on from when it is there, rewritten every few seconds, and
            removed by whoever keeps the result.
        progress: told of every step.
        title: what to call this training there.
    """
    device = options.torch_device()
    per_person = options.per_person or _median_photos(train)
    model.to(device, memory_format=training_memory_format(model, device))  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=options.learning_rate,
        weight_decay=options.weight_decay,
        fused=True,
    )
    state = _State(model, optimizer)
    if checkpoint is not None and checkpoint.exists():
        state.load(checkpoint, device)
    saved = time.monotonic()
    steps = -(-per_person * len(np.unique(train.label)) // options.batch)
    with deterministic(device), progress.task(title, options.epochs * steps) as advance:
        advance(len(state.curve) * steps)
        while len(state.curve) < options.epochs and not state.stale(options.patience):
            epoch = len(state.curve)
            rng = np.random.default_rng([seed, epoch])
            _set_rate(optimizer, options, epoch)
            order = epoch_order(train.label, per_person, rng)
            with seeded(f"dropout {seed} {epoch}", device):
                loss = _epoch(model, optimizer, train, order, options, device, advance)
            state.note(epoch, loss, *evaluate(model, validation, options))
            if checkpoint is not None and time.monotonic() - saved > CHECKPOINT_SECONDS:
                state.save(checkpoint)
                saved = time.monotonic()
    return Trained(state.best, tuple(state.curve))


@torch.inference_mode()
def evaluate(model: Classifier, photos: TrainingPhotos, options: Training) -> tuple[float, float]:
    """Return mean cross-entropy and accuracy over `photos`."""
    device = options.torch_device()
    model.eval()
    loss, right = 0.0, 0
    for start in range(0, len(photos), EVALUATION_BATCH):
        places = np.arange(start, min(start + EVALUATION_BATCH, len(photos)))
        images, labels = (part.to(device) for part in photos.gather(places))
        with _autocast(options, device):
            logits = model(model.network.prepare(images)).float()
        loss += float(functional.cross_entropy(logits, labels, reduction="sum"))
        right += int((logits.argmax(1) == labels).sum())
    return loss / len(photos), right / len(photos)


def _epoch(
    model: Classifier,
    optimizer: torch.optim.Optimizer,
    train: TrainingPhotos,
    order: np.ndarray[tuple[int], np.dtype[np.int64]],
    options: Training,
    device: torch.device,
    advance: Any,
) -> float:
    """Show the photos at `order` once; return the mean loss."""
    model.train()
    layout = training_memory_format(model, device)
    total = torch.zeros((), device=device)
    for images, labels in _batches(train, order, options.batch, device):
        prepared = model.network.prepare(images)
        if prepared.ndim == 4:
            prepared = prepared.contiguous(memory_format=layout)
        with _autocast(options, device):
            logits = model(prepared)
            loss = functional.cross_entropy(logits.float(), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        total += loss.detach() * len(labels)
        advance(1)
    return float(total) / len(order)


def _batches(
    photos: TrainingPhotos,
    order: np.ndarray[tuple[int], np.dtype[np.int64]],
    batch: int,
    device: torch.device,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield batches on the device; the next one is gathered while one is learned from."""

    def gather(start: int) -> tuple[Tensor, Tensor]:
        images, labels = photos.gather(order[start : start + batch])
        if device.type == "cuda":
            images, labels = images.pin_memory(), labels.pin_memory()
        return images, labels

    with ThreadPoolExecutor(1, thread_name_prefix="gather") as pool:
        coming = pool.submit(gather, 0)
        for start in range(batch, len(order) + batch, batch):
            images, labels = coming.result()
            if start < len(order):
                coming = pool.submit(gather, start)
            yield images.to(device, non_blocking=True), labels.to(device, non_blocking=True)


class _State:
    """All that a training that goes on must know: weights, moments, curve and the best so far."""

    def __init__(self, model: Classifier, optimizer: torch.optim.Optimizer) -> None:
        self.model = model
        self.optimizer = optimizer
        self.curve: list[dict[str, float]] = []
        self.best: dict[str, Tensor] = _copy(model.state_dict())

    def note(self, epoch: int, train_loss: float, loss: float, accuracy: float) -> None:
        if not self.curve or loss < min(past["validation_loss"] for past in self.curve):
            self.best = _copy(self.model.state_dict())
        self.curve.append(
            {
                "epoch": epoch,
                "train_loss": train_loss,
                "validation_loss": loss,
                "validation_accuracy": accuracy,
            }
        )

    def stale(self, patience: int) -> bool:
        losses = [past["validation_loss"] for past in self.curve]
        return len(losses) > patience and len(losses) - 1 - int(np.argmin(losses)) >= patience

    def save(self, path: Path) -> None:
        """Write the state; a kill at any moment leaves the old file or the new one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        torch.save(
            {
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "curve": self.curve,
                "best": self.best,
            },
            part,
        )
        part.replace(path)

    def load(self, path: Path, device: torch.device) -> None:
        saved = torch.load(path, map_location=device, weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.curve = saved["curve"]
        self.best = _copy(saved["best"])


def _copy(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: copy.deepcopy(tensor.detach()).cpu() for name, tensor in state.items()}


def _median_photos(photos: TrainingPhotos) -> int:
    return int(np.median(np.unique(photos.label, return_counts=True)[1]))


def _set_rate(optimizer: torch.optim.Optimizer, options: Training, epoch: int) -> None:
    factor = 1.0
    if options.schedule == "cosine":
        factor = 0.5 * (1 + float(np.cos(np.pi * epoch / options.epochs)))
    for group in optimizer.param_groups:
        group["lr"] = options.learning_rate * factor


def _autocast(options: Training, device: torch.device) -> torch.autocast:
    mixed = options.precision == "bfloat16" or (
        options.precision == "auto" and device.type == "cuda"
    )
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=mixed)
