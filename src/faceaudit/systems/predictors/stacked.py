"""M small networks of one shape as one module, so that a step of all is one matrix product each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.errors import InputError

MOMENTUM = 0.1


class StackedLayers(nn.Module):
    """Dense layers with ReLU between them, M times, and batch normalisation after one of them.

    Args:
        models: M.
        widths: inputs, outputs of each layer; the last is 1.
        normalised: the layer (1 and up) whose outputs are normalised, or None.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, models: int, widths: Sequence[int], normalised: int | None) -> None:
        super().__init__()
        if normalised is not None and not 1 <= normalised < len(widths) - 1:
            raise InputError(
                f"expected a hidden layer to normalise, 1 to {len(widths) - 2}, got {normalised}"
            )
        self.count = models
        self.normalised = normalised
        sizes = list(pairwise(widths))
        self.weight = nn.ParameterList(nn.Parameter(torch.zeros(models, i, o)) for i, o in sizes)
        self.bias = nn.ParameterList(nn.Parameter(torch.zeros(models, 1, o)) for _, o in sizes)
        if normalised is not None:
            width = widths[normalised]
            self.scale = nn.Parameter(torch.ones(models, width))
            self.shift = nn.Parameter(torch.zeros(models, width))
            self.register_buffer("mean", torch.zeros(models, width))
            self.register_buffer("variance", torch.ones(models, width))

    @classmethod
    def drawn(cls, inputs: int, hidden: Sequence[int], normalised: int | None) -> StackedLayers:
        """Return one model with first weights as PyTorch's own layers draw them."""
        model = cls(1, (inputs, *hidden, 1), normalised)
        with torch.no_grad():
            for weight, bias in zip(model.weight, model.bias, strict=True):
                reach = 1 / math.sqrt(weight.shape[1])
                weight.uniform_(-reach, reach)
                bias.uniform_(-reach, reach)
        return model

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> StackedLayers:
        """Return the models that a state holds.

        Raises:
            InputError: the state is not one of such models.
        """
        weights = [state[f"weight.{layer}"] for layer in range(_layers(state))]
        if not weights:
            raise InputError(f"expected weights of dense layers, got {sorted(state)[:4]}")
        widths = (weights[0].shape[1], *(weight.shape[2] for weight in weights))
        normalised = None
        if "scale" in state:
            normalised = widths.index(state["scale"].shape[1], 1)
            stated = state.get("normalised")
            normalised = normalised if stated is None else int(stated)
        model = cls(weights[0].shape[0], widths, normalised)
        model.load_state_dict({name: part for name, part in state.items() if name != "normalised"})
        return model.eval()

    def state(self) -> dict[str, Tensor]:
        """Return the weights by name, and which layer is normalised."""
        found = {name: part.detach().clone() for name, part in self.state_dict().items()}
        if self.normalised is not None:
            found["normalised"] = torch.tensor(self.normalised)
        return found

    def forward(self, inputs: Tensor) -> Tensor:
        """Return (M, N) logits of (M, N, E) inputs."""
        values, last = inputs, len(self.weight) - 1
        for layer, (weight, bias) in enumerate(zip(self.weight, self.bias, strict=True)):
            values = torch.baddbmm(bias, values, weight)
            if layer + 1 == self.normalised:
                values = self._normalise(values)
            if layer < last:
                values = functional.relu(values)
        return values[..., 0]

    def _normalise(self, values: Tensor) -> Tensor:
        """Normalise each model's outputs over its own batch; (M, N, C) to the same."""
        models, batch, width = values.shape
        flat = values.transpose(0, 1).reshape(batch, models * width)
        found = functional.batch_norm(
            flat,
            self.mean.view(-1),
            self.variance.view(-1),
            self.scale.view(-1),
            self.shift.view(-1),
            self.training,
            MOMENTUM,
        )
        return found.reshape(batch, models, width).transpose(0, 1)


def joined(stacks: Sequence[StackedLayers]) -> StackedLayers:
    """Return the models of several stacks as one."""
    states = [stack.state() for stack in stacks]
    whole = {
        name: part if name == "normalised" else torch.cat([state[name] for state in states])
        for name, part in states[0].items()
    }
    return StackedLayers.of(whole)


def _layers(state: Mapping[str, Tensor]) -> int:
    return sum(name.startswith("weight.") for name in state)
