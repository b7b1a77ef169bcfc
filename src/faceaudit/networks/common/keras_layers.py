"""Weights of Keras' layers, renamed and with their axes in torch's order.

Keras keeps maps as (height, width, channels), torch as (channels, height, width); the
kernel of a dense layer after a flattened map has to be reordered too, or nothing fails and the
figures are wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from faceaudit.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

Convert: TypeAlias = "Callable[[Tensor], Tensor]"


def convolution(kernel: Tensor) -> Tensor:
    """Turn (height, width, in, out) into (out, in, height, width)."""
    return _with_axes(kernel, 4, "height, width, in, out").permute(3, 2, 0, 1)


def dense(kernel: Tensor) -> Tensor:
    """Turn (in, out) into (out, in)."""
    return _with_axes(kernel, 2, "in, out").permute(1, 0)


def dense_as_convolution(kernel: Tensor) -> Tensor:
    """Turn a dense layer that was written as a convolution over the whole map into one again.

    Takes (height, width, in, out), gives (out, in * height * width): channels outermost, as torch
    flattens a map.
    """
    return convolution(kernel).flatten(1)


def dense_after_flatten(size: tuple[int, int]) -> Convert:
    """Return a function from (height * width * channels, out) to (out, channels * height * width).

    Args:
        size: height and width of the map that was flattened.
    """
    height, width = size

    def convert(kernel: Tensor) -> Tensor:
        inputs, outputs = _with_axes(kernel, 2, "in, out").shape
        if inputs % (height * width):
            raise WeightsError(
                f"expected a kernel over a flattened map of {height} x {width}, got {inputs} "
                "inputs; try the input_size that the weights were trained for"
            )
        return kernel.reshape(height, width, -1, outputs).permute(3, 2, 0, 1).flatten(1)

    return convert


def locally_connected(size: tuple[int, int]) -> Convert:
    """Return a function from (out_height * out_width, patch, out) to a tensor with four axes.

    Args:
        size: height and width of the map that comes out.
    """
    height, width = size

    def convert(kernel: Tensor) -> Tensor:
        positions = _with_axes(kernel, 3, "positions, patch, out").shape[0]
        if positions != height * width:
            raise WeightsError(
                f"expected kernels for {height} x {width} positions, got {positions}; try the "
                "input_size that the weights were trained for"
            )
        return kernel.reshape(height, width, *kernel.shape[1:])

    return convert


def rename(
    tensors: Mapping[str, Tensor], layers: Mapping[str, tuple[str, Convert]]
) -> dict[str, Tensor]:
    """Return Keras' tensors under torch's names and in torch's order.

    Args:
        tensors: `<layer>/kernel` and `<layer>/bias`; whatever else there is stays as it is.
        layers: for each Keras layer the name of the module, and the function for its kernel.

    Raises:
        WeightsError: a kernel has another number of axes than such a layer has.
    """
    renamed = {}
    for name, tensor in tensors.items():
        layer, _, part = name.rpartition("/")
        if layer in layers and part in ("kernel", "bias"):
            module, convert = layers[layer]
            if part == "kernel":
                renamed[f"{module}.weight"] = convert(tensor).contiguous()
            else:
                renamed[f"{module}.bias"] = tensor
        else:
            renamed[name] = tensor
    return renamed


def _with_axes(kernel: Tensor, axes: int, meaning: str) -> Tensor:
    if kernel.ndim != axes:
        raise WeightsError(
            f"expected a kernel ({meaning}), got one of shape {tuple(kernel.shape)}; "
            "try the network that the weights are of"
        )
    return kernel
