"""Layers of GhostNet, under the names of FaceX-Zoo's checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.common.heads import facex_zoo_head
from faceaudit.networks.common.split_network import SplitNetwork


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


class GhostNetModule(SplitNetwork):
    """FaceX-Zoo's GhostNet.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        last_map: height and width of the last map.
        embedding: length of an embedding.
    """

    def __init__(
        self, channels: Callable[[int], int], last_map: tuple[int, int], embedding: int
    ) -> None:
        super().__init__()
        # FaceX-Zoo has this dropout for this network.
        head = facex_zoo_head(channels(_LAST), last_map, embedding, dropout=0.2)
        given = channels(_STEM)
        self.conv_stem = nn.Conv2d(3, given, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(given)
        stages: list[nn.Module] = []
        for rows in _STAGES:
            blocks: list[nn.Module] = []
            for row in rows:
                scaled = row._replace(hidden=channels(row.hidden), out=channels(row.out))
                blocks.append(_Bottleneck(given, scaled))
                given = scaled.out
            stages.append(nn.Sequential(*blocks))
        stages.append(nn.Sequential(_Pointwise(given, channels(_LAST))))
        self.blocks = nn.Sequential(*stages)
        self.output_layer = head

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        x = functional.relu(self.bn1(self.conv_stem(images)))
        given: Tensor = self.blocks[:-1](x)
        return given

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size)."""
        embeddings: Tensor = self.output_layer(self.blocks[-1](maps))
        return embeddings

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self.blocks[-1], self.output_layer)


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
