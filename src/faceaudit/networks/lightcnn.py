"""Light CNN: no rectifiers, the larger of two maps instead."""

from __future__ import annotations

from collections import OrderedDict
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.base import FACEX_ZOO, FaceNetwork, Preprocessing, ScalableNetwork, networks
from faceaudit.networks.common.heads import facex_zoo_head
from faceaudit.networks.common.residual import Residual

STAGES = (48, 96, 192, 128)


@networks.register
class LightCNN29(ScalableNetwork):
    """FaceX-Zoo's LightCNN-29: BGR, 512 numbers an embedding, 11.60 M parameters."""

    name = "lightcnn29"
    paper = (
        "Wu, He, Sun, Tan 2018, A Light CNN for Deep Face Representation with Noisy Labels, arXiv "
        "1511.02683, version 2 of 29 layers; as in FaceX-Zoo, Wang et al. 2021, arXiv 2101.04407: "
        "three channels where the paper has grey photos, and a dense layer between batch norms "
        "to 512 where the paper has one to 256."
    )
    known_weights = (
        "FaceX-Zoo, trained on MS-Celeb-1M-v1c; the code is Apache-2.0, of the weights no licence "
        "is stated"
    )
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    parameters: ClassVar[int] = 11_596_320

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        stages = [self.channels(count) for count in STAGES]
        height, width = (edge // self.input_multiple for edge in self.size)
        return _LightCNN(stages, facex_zoo_head(stages[-1], height, width, self.embedding))


class _LightCNN(FaceNetwork):
    def __init__(self, stages: list[int], head: nn.Sequential) -> None:
        super().__init__()
        first, second, third, fourth = stages
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

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size), not normalised."""
        x = _halve(self.conv1(images))
        x = _halve(self.group1(self.block1(x)))
        x = _halve(self.group2(self.block2(x)))
        x = self.group3(self.block3(x))
        x = _halve(self.group4(self.block4(x)))
        embeddings: Tensor = self.output_layer(x)
        return embeddings


class _LargerOfTwo(nn.Module):
    """Max-feature-map: a convolution to twice the channels, then the larger of the two halves."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        # torch's own start, as in the public code. One that keeps the variance through the larger
        # of two maps grows along the shortcuts, and learned more slowly with four seeds of four.
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
