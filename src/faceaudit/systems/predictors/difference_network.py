"""A dense network on the difference of two embeddings: FaceBone's predictor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.progress import Progress, silent
from faceaudit.systems.predictors.base import (
    PairData,
    Predictor,
    PredictorBank,
    checked_rows,
    predictors,
)
from faceaudit.training.determinism import deterministic, seeded
from faceaudit.training.device import DeviceChoice, choose_device
from faceaudit.types import FloatArray, IntArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import functional

    from faceaudit.systems.predictors.common import stacked
else:
    torch = deferred("torch")
    functional = deferred("torch.nn.functional")
    stacked = deferred("faceaudit.systems.predictors.common.stacked")

AT_ONCE = 16
"""Models trained in one product, at most."""
_IN_CACHE = 2**20
"""Weights trained in one product on a CPU: more and fewer are slower (`benchmarks/shadows.py`)."""
_BLOCK = 16384
_KEPT = 2**26
"""Up to so many numbers the differences of all pairs are kept, 256 MiB; else those of a batch."""


@predictors.register
class DifferenceNetwork(Predictor):
    """Eight dense layers on the difference of two embeddings, as FaceBone's predictor."""

    name: ClassVar[str] = "difference_network"
    paper: ClassVar[str] = (
        "FaceBone's predictor (E-512-256-128-BN-64-32-16-8-1); batch normalisation: Ioffe, Szegedy "
        "2015, arXiv 1502.03167"
    )

    widths: tuple[int, ...] = Field(
        (512, 256, 128, 64, 32, 16, 8), min_length=1, description="outputs of the hidden layers"
    )
    normalised: int | None = Field(
        3, ge=1, description="the hidden layer (1 and up) with batch normalisation; none: no layer"
    )
    difference: Literal["signed", "absolute"] = Field(
        "signed", description="what of the difference is seen; only the absolute is symmetric"
    )
    epochs: int = Field(
        40, ge=0, description="how often every pair is seen in training; 0 leaves it untrained"
    )
    batch: int = Field(128, ge=2, description="pairs a step")
    learning_rate: float = Field(1e-3, gt=0, description="Adam's step size")
    weight_decay: float = Field(0.0, ge=0, description="decoupled weight decay (AdamW)")
    shuffled: bool = Field(
        default=True, description="whether each epoch has an order of its own; else the list's"
    )
    as_published: bool = Field(
        default=False,
        description="FaceBone's own loss: a sigmoid before a loss that takes logits, so that the "
        "probabilities it learns with stay between 0.50 and 0.73",
    )
    device: DeviceChoice = Field("auto", description="where to train")

    def fit(
        self,
        data: PairData,
        rows: IntArray,
        seeds: Sequence[int],
        *,
        progress: Progress = silent,
        title: str = "predictors",
    ) -> NetworkBank:
        """Train M networks, a few in one product; see `Predictor.fit`."""
        rows = checked_rows(data, rows, seeds)
        device = choose_device(self.device)
        steps = self.epochs * -(-rows.shape[1] // self.batch)
        differences = _Differences(data, self.difference, device)
        trained = []
        with deterministic(device), progress.task(title, steps * len(rows)) as advance:
            lot = self._at_once(data.embeddings.shape[1], device)
            for start in range(0, len(rows), lot):
                some = slice(start, start + lot)
                model = self._draw_untrained(data.embeddings.shape[1], seeds[some]).to(device)
                training = _Training(self, differences, rows[some], seeds[some])
                training.run(model.train(), advance)
                trained.append(model.cpu().eval())
        return NetworkBank(stacked.joined(trained), self.difference)

    def restore(self, state: Mapping[str, Tensor]) -> NetworkBank:
        """Rebuild the trained predictors from saved tensors."""
        return NetworkBank(stacked.StackedLayers.of(state), self.difference)

    def _at_once(self, embedding: int, device: torch.device) -> int:
        """Return how many models to train in one product."""
        if device.type != "cpu":
            return AT_ONCE
        weights = sum(i * o for i, o in pairwise((embedding, *self.widths, 1)))
        return min(max(_IN_CACHE // weights, 1), AT_ONCE)

    def _draw_untrained(self, embedding: int, seeds: Sequence[int]) -> stacked.StackedLayers:
        models = []
        for seed in seeds:
            with seeded(f"predictor {seed}"):
                models.append(stacked.StackedLayers.drawn(embedding, self.widths, self.normalised))
        return stacked.joined(models)


class _Differences:
    """The differences and labels of all training pairs, on the training device."""

    def __init__(
        self, data: PairData, difference: Literal["signed", "absolute"], device: torch.device
    ) -> None:
        self.device = device
        self.label = _tensor(data.label).to(device)
        self._difference = difference
        self._table = _tensor(data.embeddings).to(device)
        self._first = _tensor(data.first).to(device)
        self._second = _tensor(data.second).to(device)
        self._all: Tensor | None = None
        if len(data) * data.embeddings.shape[1] <= _KEPT:
            self._all = self._of(torch.arange(len(data), device=device))

    def differences(self, rows: Tensor) -> Tensor:
        """Return (M, B, E) differences of (M, B) pairs."""
        flat = rows.reshape(-1)
        found = self._of(flat) if self._all is None else self._all.index_select(0, flat)
        return found.view(*rows.shape, -1)

    def _of(self, rows: Tensor) -> Tensor:
        found = self._table.index_select(0, self._first[rows])
        found.sub_(self._table.index_select(0, self._second[rows]))
        return found.abs_() if self._difference == "absolute" else found


class _Training:
    """The steps of one training: a batch of pairs, the loss of all models, one step of Adam."""

    def __init__(
        self, options: DifferenceNetwork, pairs: _Differences, rows: IntArray, seeds: Sequence[int]
    ) -> None:
        self._options = options
        self._pairs = pairs
        self._rows = _tensor(rows)
        self._orders = [torch.Generator().manual_seed(seed & 0x7FFFFFFFFFFFFFFF) for seed in seeds]

    def run(self, model: stacked.StackedLayers, advance: Callable[[int], None]) -> None:
        """Train a model in place."""
        options = self._options
        passes = stacked.Passes(model)
        optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=options.learning_rate,
            weight_decay=options.weight_decay,
            fused=True,
        )
        for _ in range(options.epochs):
            for chosen in torch.split(self._draw_order(), options.batch, dim=1):
                if chosen.shape[1] > 1:  # one pair has no variance to normalise with
                    self._step_batch(passes, chosen)
                    optimizer.step()
                advance(model.count)

    def _step_batch(self, passes: stacked.Passes, chosen: Tensor) -> None:
        """Compute the gradients of a batch, (M, B) pairs, and store them in `.grad`."""
        logits = passes.forward(self._pairs.differences(chosen)).requires_grad_()
        learned = torch.sigmoid(logits) if self._options.as_published else logits
        loss = functional.binary_cross_entropy_with_logits(
            learned, self._pairs.label[chosen], reduction="sum"
        )
        passes.backward(*torch.autograd.grad(loss / chosen.shape[1], logits))

    def _draw_order(self) -> Tensor:
        """Return (M, n) rows in the order of the next epoch, each model's its own."""
        count = self._rows.shape[1]
        if not self._options.shuffled:
            return self._rows.to(self._pairs.device)
        orders = torch.stack([torch.randperm(count, generator=one) for one in self._orders])
        return torch.gather(self._rows, 1, orders).to(self._pairs.device)


class NetworkBank(PredictorBank):
    """M trained networks on differences."""

    def __init__(
        self, layers: stacked.StackedLayers, difference: Literal["signed", "absolute"] = "signed"
    ) -> None:
        self.count = layers.count
        self._layers = layers.eval()
        self._difference = difference

    @property
    def layers(self) -> stacked.StackedLayers:
        """The networks."""
        return self._layers

    def logits(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return (M, N) logits of N pairs of embeddings."""
        out = np.empty((self.count, len(first)), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, len(first), _BLOCK):
                block = slice(start, start + _BLOCK)
                difference = _tensor(first[block]) - _tensor(second[block])
                if self._difference == "absolute":
                    difference = difference.abs_()
                out[:, block] = self._layers.answers(difference).numpy()
        return out

    def only(self, model: int) -> NetworkBank:
        """Return the bank of one of them."""
        state = {
            name: part if name == "normalised" else part[model : model + 1]
            for name, part in self._layers.state().items()
        }
        return NetworkBank(stacked.StackedLayers.of(state), self._difference)

    def state(self) -> dict[str, Tensor]:
        """Return the weights by name, M of each."""
        return self._layers.state()


def _tensor(array: npt.NDArray[np.generic]) -> Tensor:
    """Return a tensor of an array, which may be a view or read-only: such ones are copied."""
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))
