"""Identifiers: a network with a head over people, from a photo to one logit a person."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

from faceaudit.errors import InputError
from faceaudit.networks import Network
from faceaudit.progress import Progress, silent
from faceaudit.systems.embedding.differentiable import Differentiable
from faceaudit.training import Trained, Training, TrainingPhotos, fit
from faceaudit.training.classifier import Classifier
from faceaudit.training.determinism import seeded
from faceaudit.training.loop import EVALUATION_BATCH
from faceaudit.types import FloatArray, ImageArray, IntArray


class Identifier:
    """A network with a head over the enrolled people.

    Args:
        network: the architecture.
        names: K enrolled people; a person's index is their label.
        state: weights of the network and the head, as `Trained.state` holds them.
        device: where to run.
        margin: what the head was trained with, see `Classifier`; None for a softmax layer. Logits
            are without it.

    Raises:
        InputError: the weights do not fit the network; missing, unexpected and misshapen ones
            are named.
    """

    def __init__(
        self,
        network: Network,
        names: tuple[str, ...],
        state: Mapping[str, Tensor],
        device: torch.device | None = None,
        *,
        margin: float | None = None,
    ) -> None:
        self.names = names
        self._device = device or torch.device("cpu")
        self._model = _untrained(network, len(names), seed=0, margin=margin)
        _check_state(self._model.state_dict(), state)
        self._model.load_state_dict(state)
        self._model.to(self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._model.eval()

    @classmethod
    def load(
        cls,
        network: Network,
        names: tuple[str, ...],
        weights: bytes,
        device: torch.device | None = None,
        *,
        margin: float | None = None,
    ) -> Identifier:
        """Return the identifier whose weights were kept with `Identifier.dump`."""
        return cls(network, names, safetensors.torch.load(weights), device, margin=margin)

    @classmethod
    def untrained(
        cls,
        network: Network,
        names: tuple[str, ...],
        seed: int,
        *,
        start: Mapping[str, Tensor] | None = None,
        device: torch.device | None = None,
        margin: float | None = None,
    ) -> Identifier:
        """Return the identifier that `train_identifier` begins with, before it learned anything."""
        model = _untrained(network, len(names), seed, margin)
        if start is not None:
            _check_state(model.network.state_dict(), start)
            model.network.load_state_dict(start)
        return cls(network, names, model.state_dict(), device, margin=margin)

    @staticmethod
    def dump(state: Mapping[str, Tensor]) -> bytes:
        """Return weights as a safetensors file."""
        return bytes(safetensors.torch.save({k: v.contiguous() for k, v in state.items()}))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the photos it takes."""
        return self._model.network.input_size

    def logits(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        """Return (N, K) logits of `images`, (N, H, W, 3) uint8, or of those at `rows`."""
        return self._run(self._model, len(self.names), images, rows)

    def embed(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings of `images`, (N, H, W, 3) uint8, or of those at `rows`."""
        network = self._model.network
        return self._run(network, network.embedding_size, images, rows)

    def differentiable(self) -> nn.Module:
        """Return a copy, a module from pixels (N, H, W, 3) of 0 to 255 to (N, K) logits."""
        head = copy.deepcopy(self._model.head)
        return Differentiable(self._model.network, self._device, head)

    @torch.inference_mode()
    def _run(
        self,
        module: Callable[[Tensor], Tensor],
        width: int,
        images: ImageArray,
        rows: IntArray | None,
    ) -> FloatArray:
        rows = np.arange(len(images)) if rows is None else rows
        photos = TrainingPhotos.of((images, rows, np.zeros(len(rows), dtype=np.int64)))
        out = np.empty((len(rows), width), dtype=np.float32)
        for start in range(0, len(rows), EVALUATION_BATCH):
            block = np.arange(start, min(start + EVALUATION_BATCH, len(rows)))
            batch = photos.gather(block)[0].to(self._device)
            out[block] = module(self._model.network.prepare(batch)).float().cpu().numpy()
        return out


def train_identifier(
    network: Network,
    names: tuple[str, ...],
    photos: TrainingPhotos,
    validation: TrainingPhotos,
    options: Training,
    *,
    seed: int,
    start: Mapping[str, Tensor] | None = None,
    margin: float | None = None,
    checkpoint: Path | None = None,
    progress: Progress = silent,
    title: str = "training",
) -> Trained:
    """Train a network with a head over `names`, from scratch or from trained weights.

    The seed sets the initial weights and the order of the photos; `start` replaces the network's
    initial weights, not the head's. With a `margin` the head is that of `Classifier`, and an
    `Identifier` of it is told so. For the rest see `faceaudit.training.fit`.
    """
    model = _untrained(network, len(names), seed, margin)
    if start is not None:
        _check_state(model.network.state_dict(), start)
        model.network.load_state_dict(start)
    return fit(
        model,
        photos,
        validation,
        options,
        seed=seed,
        checkpoint=checkpoint,
        progress=progress,
        title=title,
    )


def _untrained(network: Network, people: int, seed: int, margin: float | None = None) -> Classifier:
    with seeded(f"weights {seed}"):
        return Classifier(network.build(), people, margin)


def _check_state(expected: Mapping[str, Tensor], got: Mapping[str, Tensor]) -> None:
    missing = sorted(expected.keys() - got.keys())
    unexpected = sorted(got.keys() - expected.keys())
    misshapen = [
        f"{name} {tuple(got[name].shape)} instead of {tuple(expected[name].shape)}"
        for name in sorted(expected.keys() & got.keys())
        if got[name].shape != expected[name].shape
    ]
    if missing or unexpected or misshapen:
        raise InputError(
            "expected the weights of this network, got "
            f"missing {missing}, unexpected {unexpected}, misshapen {misshapen}"
        )
