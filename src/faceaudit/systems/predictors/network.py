"""The network on the difference of two embeddings, with which FaceBone decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from faceaudit.progress import Progress, silent
from faceaudit.systems.predictors.predictor import (
    PairData,
    Predictor,
    Stack,
    checked_rows,
    predictors,
)
from faceaudit.systems.predictors.stacked import Passes, StackedLayers, joined
from faceaudit.training.determinism import deterministic, seeded
from faceaudit.types import FloatArray, IntArray

AT_ONCE = 4
"""Models trained in one product: more and fewer are slower (measured by `make bench`)."""
_BLOCK = 16384


@predictors.register
class DifferenceNetwork(Predictor):
    """Eight dense layers on the difference of two embeddings, as FaceBone's predictor."""

    name: ClassVar[str] = "network"
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
        40, ge=0, description="how often every pair is shown; 0 leaves it untrained"
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
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where to train")

    def fit(
        self,
        data: PairData,
        rows: IntArray,
        seeds: Sequence[int],
        *,
        progress: Progress = silent,
        title: str = "predictors",
    ) -> NetworkStack:
        """Train M networks, a few in one product; see `Predictor.fit`."""
        rows = checked_rows(data, rows, seeds)
        device = self._device()
        steps = self.epochs * -(-rows.shape[1] // self.batch)
        table = _tensor(data.embeddings).to(device)
        trained = []
        with deterministic(device), progress.task(title, steps * len(rows)) as advance:
            for start in range(0, len(rows), AT_ONCE):
                some = slice(start, start + AT_ONCE)
                model = self._untrained(data.embeddings.shape[1], seeds[some]).to(device)
                learning = _Learning(self, table, data, rows[some], seeds[some])
                learning.run(model.train(), advance)
                trained.append(model.cpu().eval())
        return NetworkStack(joined(trained), self.difference)

    def restore(self, state: Mapping[str, Tensor]) -> NetworkStack:
        """Return the networks of a state."""
        return NetworkStack(StackedLayers.of(state), self.difference)

    def _device(self) -> torch.device:
        cuda = torch.cuda.is_available() and self.device != "cpu"
        return torch.device("cuda" if cuda or self.device == "cuda" else "cpu")

    def _untrained(self, embedding: int, seeds: Sequence[int]) -> StackedLayers:
        models = []
        for seed in seeds:
            with seeded(f"predictor {seed}"):
                models.append(StackedLayers.drawn(embedding, self.widths, self.normalised))
        return joined(models)


class _Learning:
    """The steps of one training: pairs in turn, the loss of all models, one step of Adam."""

    def __init__(
        self,
        options: DifferenceNetwork,
        table: Tensor,
        data: PairData,
        rows: IntArray,
        seeds: Sequence[int],
    ) -> None:
        device = table.device
        self._options = options
        self._table = table
        self._first = _tensor(data.first).to(device)
        self._second = _tensor(data.second).to(device)
        self._target = _tensor(data.target).to(device)
        self._rows = _tensor(rows)
        self._orders = [torch.Generator().manual_seed(seed & 0x7FFFFFFFFFFFFFFF) for seed in seeds]

    def run(self, model: StackedLayers, advance: Callable[[int], None]) -> None:
        """Train a model in place."""
        options = self._options
        passes = Passes(model)
        optimizer = torch.optim.AdamW(
            [passes.weights],
            lr=options.learning_rate,
            weight_decay=options.weight_decay,
            fused=True,
        )
        for _ in range(options.epochs):
            order = self._order()
            for chosen in torch.split(order, options.batch, dim=1):
                if chosen.shape[1] > 1:  # one pair has no variance to normalise with
                    self._step(passes, optimizer, chosen)
                advance(model.count)

    def _step(self, passes: Passes, optimizer: torch.optim.Optimizer, chosen: Tensor) -> None:
        """Show (M, B) pairs, each model its own."""
        logits = passes.forward(self._differences(chosen)).requires_grad_()
        learned = torch.sigmoid(logits) if self._options.as_published else logits
        losses = functional.binary_cross_entropy_with_logits(
            learned, self._target[chosen], reduction="none"
        )
        passes.backward(*torch.autograd.grad(losses.mean(dim=1).sum(), logits))
        optimizer.step()

    def _differences(self, chosen: Tensor) -> Tensor:
        one, two = (
            self._table.index_select(0, photos[chosen].view(-1))
            for photos in (self._first, self._second)
        )
        found = one.sub_(two)
        found = found.abs_() if self._options.difference == "absolute" else found
        return found.view(*chosen.shape, -1)

    def _order(self) -> Tensor:
        """Return (M, n) rows in the order of the next epoch, each model's its own."""
        count = self._rows.shape[1]
        if not self._options.shuffled:
            return self._rows.to(self._table.device)
        orders = torch.stack([torch.randperm(count, generator=one) for one in self._orders])
        return torch.gather(self._rows, 1, orders).to(self._table.device)


class NetworkStack(Stack):
    """M trained networks on differences."""

    def __init__(
        self, layers: StackedLayers, difference: Literal["signed", "absolute"] = "signed"
    ) -> None:
        self.count = layers.count
        self._layers = layers.eval()
        self._difference = difference

    @property
    def layers(self) -> StackedLayers:
        """The networks."""
        return self._layers

    @torch.inference_mode()
    def logits(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return (M, N) logits of N pairs of embeddings."""
        out = np.empty((self.count, len(first)), dtype=np.float32)
        for start in range(0, len(first), _BLOCK):
            some = slice(start, start + _BLOCK)
            found = _tensor(first[some]) - _tensor(second[some])
            found = found.abs_() if self._difference == "absolute" else found
            out[:, some] = self._layers.answers(found).numpy()
        return out

    def only(self, model: int) -> NetworkStack:
        """Return the stack of one of them."""
        state = {
            name: part if name == "normalised" else part[model : model + 1]
            for name, part in self._layers.state().items()
        }
        return NetworkStack(StackedLayers.of(state), self._difference)

    def state(self) -> dict[str, Tensor]:
        """Return the weights by name, M of each."""
        return self._layers.state()


def _tensor(array: npt.NDArray[np.generic]) -> Tensor:
    """Return a tensor of an array, which may be a view or read-only: such ones are copied."""
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))
