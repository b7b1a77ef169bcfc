"""Layers of convolutional face networks that several of them share."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor, nn


class Residual(nn.Sequential):
    """A sequence whose input is added to its output; both have one shape."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the input plus the sequence's output."""
        inside = x
        for layer in self:
            inside = layer(inside)
        return x + inside


class MobileStage(NamedTuple):
    """One stage of MobileFaceNet: a bottleneck of stride 2, then residual bottlenecks.

    Attributes:
        channels: that every bottleneck of the stage puts out.
        down: channels inside the bottleneck of stride 2.
        blocks: how many residual bottlenecks follow.
        inside: channels inside each of those.
    """

    channels: int
    down: int
    blocks: int
    inside: int


MOBILE_STAGES = (
    MobileStage(64, 128, 4, 128),
    MobileStage(128, 256, 6, 256),
    MobileStage(128, 512, 2, 256),
)
"""Table 1 of Chen et al. 2018, arXiv 1804.07573; the public layouts share it."""


def mobile_stages(channels: Callable[[int], int], *, outside: int = 1) -> list[MobileStage]:
    """Return the stages with `outside` times the channels between bottlenecks, then scaled.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        outside: 2 for insightface's `mbf`.
    """
    return [
        MobileStage(channels(outside * given), channels(down), blocks, channels(inside))
        for given, down, blocks, inside in MOBILE_STAGES
    ]


def conv_unit(
    inputs: int,
    outputs: int,
    kernel: int | tuple[int, int] = 1,
    *,
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
    eps: float = 1e-5,
    prelu: bool = True,
) -> list[nn.Module]:
    """Return a convolution without bias, its batch norm of `eps`, and a PReLU unless left out."""
    unit: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=eps),
    ]
    return [*unit, nn.PReLU(outputs)] if prelu else unit


def bottleneck(
    inputs: int, outputs: int, inside: int, *, stride: int = 1, eps: float = 1e-5
) -> tuple[list[nn.Module], list[nn.Module], list[nn.Module]]:
    """Return the three units of MobileFaceNet's bottleneck: widen, 3x3 by channel, narrow.

    The last one is linear, as in MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381).
    """
    return (
        conv_unit(inputs, inside, eps=eps),
        conv_unit(inside, inside, 3, stride=stride, padding=1, groups=inside, eps=eps),
        conv_unit(inside, outputs, eps=eps, prelu=False),
    )


def named_unit(layers: list[nn.Module]) -> nn.Sequential:
    """Return the layers of `conv_unit` in sequence, called `conv`, `bn` and `prelu`."""
    # A unit without PReLU ends at `bn`.
    return nn.Sequential(OrderedDict(zip(("conv", "bn", "prelu"), layers, strict=False)))


def kaiming(network: nn.Module) -> None:
    """Initialise every convolution with Kaiming normal, fan-out mode (He et al. 2015, 1502.01852).

    Dense layers keep torch's initialisation: one over a flattened map would otherwise begin with
    weights so large, before a batch norm that hides it, that it hardly learns.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def fixed_scale(size: int, *, eps: float = 1e-5) -> nn.BatchNorm1d:
    """Return a batch norm of embeddings whose weight is 1 and is not trained."""
    norm = nn.BatchNorm1d(size, eps=eps)
    norm.weight.requires_grad_(False)  # noqa: FBT003 - torch takes it by place
    return norm
