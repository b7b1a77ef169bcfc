"""M small dense networks of one shape as one module: a layer of all is one matrix product."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.errors import InputError

MOMENTUM = 0.1
EPSILON = 1e-5
_BLOCK = 1024

threshold_backward = torch.ops.aten.threshold_backward
native_batch_norm_backward = torch.ops.aten.native_batch_norm_backward


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
        """Return one model with initial weights as PyTorch's own layers draw them."""
        model = cls(1, (inputs, *hidden, 1), normalised)
        with torch.no_grad():
            for weight, bias in zip(model.weight, model.bias, strict=True):
                reach = 1 / math.sqrt(weight.shape[1])
                weight.uniform_(-reach, reach)
                bias.uniform_(-reach, reach)
        return model

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> StackedLayers:
        """Rebuild the models from saved tensors.

        Raises:
            InputError: they are not those of such models.
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
            EPSILON,
        )
        return found.reshape(batch, models, width).transpose(0, 1)

    @torch.inference_mode()
    def answers(self, inputs: Tensor) -> Tensor:
        """Return (M, N) logits of the same (N, E) inputs, as `eval` has them.

        One model at a time, so that what a model answers is the same to the bit whichever others
        are asked with it, and so that a block's values stay in the processor's cache.
        """
        found = inputs.new_empty((self.count, len(inputs)))
        layers = [self._without_normalisation(layer) for layer in range(len(self.weight))]
        for start in range(0, len(inputs), _BLOCK):
            some = slice(start, start + _BLOCK)
            for model in range(self.count):
                values = inputs[some]
                for weight, bias in layers[:-1]:
                    values = torch.addmm(bias[model], values, weight[model]).relu_()
                weight, bias = layers[-1]
                found[model, some] = torch.addmm(bias[model], values, weight[model])[:, 0]
        return found

    def _without_normalisation(self, layer: int) -> tuple[Tensor, Tensor]:
        """Return a layer's weights and biases, which do what its normalisation does in `eval`."""
        weight, bias = self.weight[layer], self.bias[layer]
        if layer + 1 != self.normalised:
            return weight, bias
        scale = (self.scale * torch.rsqrt(self.variance + EPSILON))[:, None]
        return weight * scale, (bias - self.mean[:, None]) * scale + self.shift[:, None]


class Passes:
    """Forward and backward passes of a training, into memory that is kept from step to step.

    Training takes three quarters of the time that it takes with autograd's passes. `backward`
    stores the gradients in the parameters' `grad`, which must not be set to None between steps.
    """

    def __init__(self, model: StackedLayers) -> None:
        self._gradient = {
            name: torch.zeros_like(parameter) for name, parameter in model.named_parameters()
        }
        for name, parameter in model.named_parameters():
            parameter.grad = self._gradient[name]
        self._model = model
        self._layers = [
            (weight.detach(), bias.detach())
            for weight, bias in zip(model.weight, model.bias, strict=True)
        ]
        self._memory: dict[int, tuple[list[Tensor], list[Tensor]]] = {}
        self._inputs: list[Tensor] = []
        self._raw = self._mean = self._reach = torch.empty(0)

    @torch.no_grad()
    def forward(self, inputs: Tensor) -> Tensor:
        """Return (M, B) logits of (M, B, E) inputs, B above 1."""
        outputs, _ = self._kept(inputs)
        values, self._inputs = inputs, []
        for layer, (weight, bias) in enumerate(self._layers):
            self._inputs.append(values)
            values = torch.baddbmm(bias, values, weight, out=outputs[layer])
            if layer + 1 == self._model.normalised:
                values = self._normalise(values)
            if layer + 1 < len(self._layers):
                values.relu_()
        return values[..., 0]

    @torch.no_grad()
    def backward(self, gradient: Tensor) -> None:
        """Backpropagate from (M, B), the gradient of the loss by the logits."""
        _, gradients = self._kept(self._inputs[0])
        gradient = gradient[..., None]
        for layer in reversed(range(len(self._layers))):
            if layer + 1 == self._model.normalised:
                gradient = self._normalise_back(gradient)
            inputs = self._inputs[layer]
            torch.bmm(inputs.mT, gradient, out=self._gradient[f"weight.{layer}"])
            torch.sum(gradient, dim=1, keepdim=True, out=self._gradient[f"bias.{layer}"])
            if layer > 0:
                weight, out = self._layers[layer][0], gradients[layer - 1]
                gradient = torch.bmm(gradient, weight.mT, out=out)
                threshold_backward.grad_input(gradient, inputs, 0, grad_input=gradient)  # of ReLU

    def _kept(self, inputs: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Return the memory of each layer's outputs, and of their gradients, for such a batch."""
        models, batch, _ = inputs.shape
        if batch not in self._memory:
            widths = [weight.shape[2] for weight, _ in self._layers]
            outputs, gradients = (
                [inputs.new_empty((models, batch, width)) for width in widths] for _ in range(2)
            )
            self._memory[batch] = outputs, gradients
        return self._memory[batch]

    def _normalise(self, values: Tensor) -> Tensor:
        """Normalise (M, B, C) outputs, each model's over its own batch."""
        model, (models, batch, width) = self._model, values.shape
        self._raw = values.transpose(0, 1).reshape(batch, -1)
        found, self._mean, self._reach = torch.native_batch_norm(
            self._raw,
            model.scale.detach().view(-1),
            model.shift.detach().view(-1),
            model.mean.view(-1),
            model.variance.view(-1),
            training=True,
            momentum=MOMENTUM,
            eps=EPSILON,
        )
        return found.view(batch, models, width).transpose(0, 1)

    def _normalise_back(self, gradient: Tensor) -> Tensor:
        """Return the gradient by the inputs of the normalisation; store its parameters' own."""
        models, batch, width = gradient.shape
        found: Tensor
        found, scale, shift = native_batch_norm_backward(
            gradient.transpose(0, 1).reshape(batch, -1),
            self._raw,
            self._model.scale.detach().view(-1),
            running_mean=None,
            running_var=None,
            save_mean=self._mean,
            save_invstd=self._reach,
            train=True,
            eps=EPSILON,
            output_mask=(True, True, True),
        )
        self._gradient["scale"].view(-1).copy_(scale)
        self._gradient["shift"].view(-1).copy_(shift)
        return found.view(batch, models, width).transpose(0, 1)


def joined(parts: Sequence[StackedLayers]) -> StackedLayers:
    """Return the models of several stacked layers as one."""
    states = [part.state() for part in parts]
    whole = {
        name: tensor if name == "normalised" else torch.cat([state[name] for state in states])
        for name, tensor in states[0].items()
    }
    return StackedLayers.of(whole)


def _layers(state: Mapping[str, Tensor]) -> int:
    return sum(name.startswith("weight.") for name in state)
