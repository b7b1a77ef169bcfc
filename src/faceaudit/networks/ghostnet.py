"""GhostNet: half of every map is convolved, the other half is cheaply made from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.base import FACEX_ZOO, FaceNetwork, Preprocessing, ScalableNetwork, networks
from faceaudit.networks.common.heads import facex_zoo_head


class _Row(NamedTuple):
    """One bottleneck of the paper's Table 1."""

    kernel: int
    hidden: int
    out: int
    squeeze: bool = False
    stride: int = 1


_STAGES = (
    (_Row(3, 16, 16),),
    (_Row(3, 48, 24, stride=2),),
    (_Row(3, 72, 24),),
    (_Row(5, 72, 40, squeeze=True, stride=2),),
    (_Row(5, 120, 40, squeeze=True),),
    (_Row(3, 240, 80, stride=2),),
    (
        _Row(3, 200, 80),
        _Row(3, 184, 80),
        _Row(3, 184, 80),
        _Row(3, 480, 112, squeeze=True),
        _Row(3, 672, 112, squeeze=True),
    ),
    (_Row(5, 672, 160, squeeze=True, stride=2),),
    (
        _Row(5, 960, 160),
        _Row(5, 960, 160, squeeze=True),
        _Row(5, 960, 160),
        _Row(5, 960, 160, squeeze=True),
    ),
)
_STEM, _LAST = 16, 960


@networks.register
class GhostNet(ScalableNetwork):
    """GhostNet 1.0: few multiplications; most of its parameters are in the last dense layer."""

    name = "ghostnet"
    paper = (
        "Han et al. 2020, GhostNet: More Features from Cheap Operations, arXiv 1911.11907; the "
        "layers are those of FaceX-Zoo (Wang et al. 2021, arXiv 2101.04407): a stem of stride 1 "
        "and one dense layer over the whole map. FaceX-Zoo scales embeddings to length 1, which is "
        "left to the comparison here."
    )
    known_weights = (
        "FaceX-Zoo's GhostNet, trained on MS-Celeb-1M-v1c (LFW 99.65 %, as published); repository "
        "under Apache-2.0, the data for research only"
    )
    parameters: ClassVar[int] = 26_759_364
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO

    def module(self) -> FaceNetwork:
        """Return the network; `width` scales channels to a multiple of 4, as in the paper."""
        height, width = self.size
        head = facex_zoo_head(
            self.channels(_LAST, 4),
            height // self.input_multiple,
            width // self.input_multiple,
            self.embedding,
        )
        head[1] = nn.Dropout(0.2)  # FaceX-Zoo's setting for this network
        return _GhostNetwork(lambda count: self.channels(count, 4), head)


class _GhostNetwork(FaceNetwork):
    def __init__(self, scale: Callable[[int], int], head: nn.Module) -> None:
        super().__init__()
        given = scale(_STEM)
        self.conv_stem = nn.Conv2d(3, given, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(given)
        stages: list[nn.Module] = []
        for rows in _STAGES:
            blocks: list[nn.Module] = []
            for row in rows:
                scaled = row._replace(hidden=scale(row.hidden), out=scale(row.out))
                blocks.append(_Bottleneck(given, scaled))
                given = scaled.out
            stages.append(nn.Sequential(*blocks))
        stages.append(nn.Sequential(_Pointwise(given, scale(_LAST))))
        self.blocks = nn.Sequential(*stages)
        self.output_layer = head

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size)."""
        x = functional.relu(self.bn1(self.conv_stem(images)))
        embeddings: Tensor = self.output_layer(self.blocks(x))
        return embeddings


class _Bottleneck(nn.Module):
    """Ghost module up, depthwise convolution where the map shrinks, ghost module down."""

    def __init__(self, given: int, row: _Row) -> None:
        super().__init__()
        self.ghost1 = _Ghost(given, row.hidden, active=True)
        self.shrinks = row.stride > 1
        if self.shrinks:
            self.conv_dw = _depthwise(row.hidden, row.kernel, row.stride)
            self.bn_dw = nn.BatchNorm2d(row.hidden)
        self.se = _Squeeze(row.hidden) if row.squeeze else None
        self.ghost2 = _Ghost(row.hidden, row.out, active=False)
        self.shortcut = nn.Sequential()
        if self.shrinks or given != row.out:
            self.shortcut = nn.Sequential(
                _depthwise(given, row.kernel, row.stride),
                nn.BatchNorm2d(given),
                nn.Conv2d(given, row.out, 1, bias=False),
                nn.BatchNorm2d(row.out),
            )

    def forward(self, x: Tensor) -> Tensor:
        inner = self.ghost1(x)
        if self.shrinks:
            inner = self.bn_dw(self.conv_dw(inner))
        if self.se is not None:
            inner = self.se(inner)
        summed: Tensor = self.ghost2(inner) + self.shortcut(x)
        return summed


class _Ghost(nn.Module):
    """Half of the channels by a 1x1 convolution, the other half by a depthwise 3x3 of those."""

    def __init__(self, given: int, channels: int, *, active: bool) -> None:
        super().__init__()
        half = channels // 2
        self.primary_conv = nn.Sequential(
            nn.Conv2d(given, half, 1, bias=False), nn.BatchNorm2d(half)
        )
        self.cheap_operation = nn.Sequential(_depthwise(half, 3, 1), nn.BatchNorm2d(half))
        if active:
            self.primary_conv.append(nn.ReLU(inplace=True))
            self.cheap_operation.append(nn.ReLU(inplace=True))

    def forward(self, x: Tensor) -> Tensor:
        primary = self.primary_conv(x)
        return torch.cat([primary, self.cheap_operation(primary)], 1)


class _Squeeze(nn.Module):
    """Squeeze and excitation to a quarter, rounded up to a multiple of 4; a hard sigmoid gate."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        reduced = 4 * -(-channels // 16)
        self.conv_reduce = nn.Conv2d(channels, reduced, 1)
        self.conv_expand = nn.Conv2d(reduced, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        reduced = functional.relu(self.conv_reduce(x.mean((2, 3), keepdim=True)))
        return x * functional.hardsigmoid(self.conv_expand(reduced))


class _Pointwise(nn.Module):
    def __init__(self, given: int, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(given, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.bn1(self.conv(x)))


def _depthwise(channels: int, kernel: int, stride: int) -> nn.Conv2d:
    return nn.Conv2d(
        channels, channels, kernel, stride, padding=kernel // 2, groups=channels, bias=False
    )
