"""Training loop shared by all networks, with early stopping and checkpoints."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import CaseError, InputError
from faceaudit.progress import Advance, Progress, silent
from faceaudit.training.checkpoint import Checkpoint
from faceaudit.training.determinism import cpu_threads, deterministic, seeded
from faceaudit.training.options import Training
from faceaudit.training.photos import TrainingPhotos, epoch_order
from faceaudit.types import IntArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import functional

    from faceaudit.networks.common import face_network
    from faceaudit.training.classifier import Classifier
else:
    torch = deferred("torch")
    functional = deferred("torch.nn.functional")
    face_network = deferred("faceaudit.networks.common.face_network")

CHECKPOINT_SECONDS = 5.0
EVALUATION_BATCH = 256


@dataclass(frozen=True, eq=False)
class Trained:
    """The outcome of a training.

    Attributes:
        state: weights of `network` and `head` at the best validation loss, on the CPU.
        curve: one mapping an epoch: epoch, train_loss, validation_loss, validation_accuracy.
    """

    state: Mapping[str, Tensor]
    curve: tuple[Mapping[str, float], ...]


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
    """Train until the validation loss stops falling.

    The same seed gives the same bits on one kind of CPU, with one version of torch and one number
    of threads.

    Args:
        model: trained in place; left in an arbitrary state, the result holds the best one.
        train: photos to learn from.
        validation: photos that decide when to stop.
        options: how.
        seed: sets the order of the photos.
        checkpoint: a file to go on from when it is there and as it was written, rewritten every
            few seconds, and removed by whoever keeps the result; nobody else uses it meanwhile.
        progress: told of every step.
        title: what to call this training there.

    Raises:
        CaseError: the training diverged: its loss is no finite number any more.
        StoreError: the checkpoint cannot be written.
    """
    device = options.torch_device()
    layout = face_network.training_memory_format(model, device)
    model.to(device, memory_format=layout)  # type: ignore[call-overload]
    state = _State(model, options)
    kept = None if checkpoint is None else Checkpoint(checkpoint)
    if kept is not None:
        _go_on_from(kept, state, device, progress, title)
    saved = time.monotonic()
    steps = -(-len(_order(train, options, seed, 0)) // options.batch)
    with (
        deterministic(device),
        cpu_threads(options.threads),
        progress.task(title, options.epochs * steps) as advance,
    ):
        advance(len(state.curve) * steps)
        while len(state.curve) < options.epochs and not state.stale(options.patience):
            epoch = len(state.curve)
            _set_rate(state.optimizer, options, epoch)
            order = _order(train, options, seed, epoch)
            with seeded(f"dropout {seed} {epoch}", device):
                loss = _train_epoch(model, state.optimizer, train, order, options, device, advance)
            watched, accuracy = evaluate(model, validation, options)
            _refuse_divergence(epoch, loss, watched, options)
            state.note(epoch, loss, watched, accuracy)
            if kept is not None and time.monotonic() - saved > CHECKPOINT_SECONDS:
                kept.write(state.as_values())
                saved = time.monotonic()
    return Trained(state.best, tuple(state.curve))


def evaluate(model: Classifier, photos: TrainingPhotos, options: Training) -> tuple[float, float]:
    """Return mean cross-entropy and accuracy over `photos`."""
    device = options.torch_device()
    model.eval()
    loss, right = 0.0, 0
    with torch.inference_mode():
        for start in range(0, len(photos), EVALUATION_BATCH):
            rows = np.arange(start, min(start + EVALUATION_BATCH, len(photos)))
            images, labels = (part.to(device) for part in photos.gather(rows))
            with _autocast(options, device):
                logits = model(model.network.prepare(images)).float()
            loss += float(functional.cross_entropy(logits, labels, reduction="sum"))
            right += int((logits.argmax(1) == labels).sum())
    return loss / len(photos), right / len(photos)


def _go_on_from(
    kept: Checkpoint, state: _State, device: torch.device, progress: Progress, title: str
) -> None:
    """Go on from a checkpoint; from the start where there is none, or none that can be used."""
    try:
        saved = kept.read(device)
        if saved is not None:
            state.take(saved)
    except InputError as error:
        progress.note(f"{title} from the start: {error}")
        kept.remove()


def _refuse_divergence(epoch: int, train: float, validation: float, options: Training) -> None:
    """Raise `CaseError` when a loss is no finite number any more: no later epoch would mend it."""
    if not (math.isfinite(train) and math.isfinite(validation)):
        raise CaseError(
            f"expected a training with finite losses, got {train:.3g} in training and "
            f"{validation:.3g} in validation after epoch {epoch + 1}: it diverged; try a smaller "
            f"learning_rate than {options.learning_rate:g}"
        )


def _train_epoch(
    model: Classifier,
    optimizer: torch.optim.Optimizer,
    train: TrainingPhotos,
    order: IntArray,
    options: Training,
    device: torch.device,
    advance: Advance,
) -> float:
    """Train on the photos at `order` once; return the mean loss."""
    model.train()
    layout = face_network.training_memory_format(model, device)
    total = torch.zeros((), device=device)
    for images, labels in _load_batches(train, order, options.batch, device):
        prepared = model.network.prepare(images)
        if prepared.ndim == 4:
            prepared = prepared.contiguous(memory_format=layout)
        with _autocast(options, device):
            logits = model(prepared)
            loss = model.loss(logits.float(), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        total += loss.detach() * len(labels)
        advance(1)
    return float(total) / len(order)


def _load_batches(
    photos: TrainingPhotos,
    order: IntArray,
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
    """State of a training, saved to resume it: weights, moments, curve and the best so far."""

    def __init__(self, model: Classifier, options: Training) -> None:
        self.model = model
        self.optimizer = _optimizer(model, options)
        self.curve: list[dict[str, float]] = []
        self.best: dict[str, Tensor] = _copy(model.state_dict())
        self._options = options

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

    def as_values(self) -> dict[str, object]:
        """Return all of it as mappings, lists, numbers and tensors."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "curve": self.curve,
            "best": self.best,
        }

    def take(self, saved: Mapping[str, Any]) -> None:
        """Go on from what `as_values` gave; nothing is changed where that is another training's.

        Raises:
            InputError: it does not fit.
        """
        first = self.best
        try:
            self.model.load_state_dict(saved["model"])
            self.optimizer.load_state_dict(saved["optimizer"])
            self.curve, self.best = list(saved["curve"]), _copy(saved["best"])
        except (LookupError, TypeError, ValueError, RuntimeError, AttributeError) as error:
            self.model.load_state_dict(first)
            self.optimizer = _optimizer(self.model, self._options)
            self.curve, self.best = [], first
            raise InputError(
                f"expected a checkpoint of this training, got another's ({error!r:.200})"
            ) from None


def _optimizer(model: Classifier, options: Training) -> torch.optim.Optimizer:
    return torch.optim.AdamW(
        model.parameters(),
        lr=options.learning_rate,
        weight_decay=options.weight_decay,
        fused=True,
    )


def _copy(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: copy.deepcopy(tensor.detach()).cpu() for name, tensor in state.items()}


def _order(photos: TrainingPhotos, options: Training, seed: int, epoch: int) -> IntArray:
    """Return the rows that an epoch shows, in that order."""
    rng = np.random.default_rng([seed, epoch])
    return epoch_order(photos.label, rng, balanced=options.balanced, per_person=options.per_person)


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
