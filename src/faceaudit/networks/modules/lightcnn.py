"""Layers of LightCNN-29, under the names of FaceX-Zoo's checkpoints."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.common.heads import facex_zoo_head
from faceaudit.networks.common.residual import Residual
from faceaudit.networks.common.split_network import SplitNetwork

STAGES = (48, 96, 192, 128)


class LightCNNModule(SplitNetwork):
    """FaceX-Zoo's LightCNN-29.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        last_map: height and width of the last map.
        embedding: length of an embedding.
    """

    def __init__(
        self, channels: Callable[[int], int], last_map: tuple[int, int], embedding: int
    ) -> None:
        super().__init__()
        first, second, third, fourth = (channels(count) for count in STAGES)
        head = facex_zoo_head(fourth, last_map, embedding)
        self.conv1 = _LargerOfTwo(3, first, 5)
        self.block1 = _blocks(first, 1)
        self.group1 = _Group(first, second)
        self.block2 = _blocks(second, 2)
        self.group2 = _Group(second, third)
        self.block3 = _blocks(third, 3)
        self.group3 = _Group(third, fourth)
        self.block4 = _blocks(fourth, 4)
        self.group4 = _Group(fourth, fourth)
        self.output_layer = head

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        x = _halve(self.conv1(images))
        x = _halve(self.group1(self.block1(x)))
        x = _halve(self.group2(self.block2(x)))
        x = self.group3(self.block3(x))
        given: Tensor = self.block4(x)
        return given

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size), not normalised."""
        embeddings: Tensor = self.output_layer(_halve(self.group4(maps)))
        return embeddings

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self.group4, self.output_layer)


class _LargerOfTwo(nn.Module):
    """Max-feature-map: a convolution to twice the channels, then the larger of the two halves."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        # torch's own initialisation, as in the public code. One that keeps the variance through the
        # larger of two maps grows along the shortcuts, and learned more slowly with four seeds of
        # four.
        self.filter = nn.Conv2d(inputs, 2 * outputs, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, outputs, H, W) of (N, inputs, H, W)."""
        first, second = self.filter(x).chunk(2, dim=1)
        return torch.maximum(first, second)


class _Group(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv_a = _LargerOfTwo(inputs, inputs, 1)
        self.conv = _LargerOfTwo(inputs, outputs, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, outputs, H, W) of (N, inputs, H, W)."""
        out: Tensor = self.conv(self.conv_a(x))
        return out


def _blocks(channels: int, count: int) -> nn.Sequential:
    blocks = (
        Residual(
            OrderedDict(
                conv1=_LargerOfTwo(channels, channels, 3),
                conv2=_LargerOfTwo(channels, channels, 3),
            )
        )
        for _ in range(count)
    )
    return nn.Sequential(*blocks)


def _halve(x: Tensor) -> Tensor:
    return functional.max_pool2d(x, 2) + functional.avg_pool2d(x, 2)
