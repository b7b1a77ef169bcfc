"""ReXNet: every block is a little wider than the one before, so that no layer loses rank."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn

from faceaudit.networks.base import FACEX_ZOO, FaceNetwork, Preprocessing, ScalableNetwork, networks
from faceaudit.networks.common.heads import facex_zoo_head

_STEM, _FIRST, _GROWTH, _LAST = 32, 16, 180, 512
_DEPTHS = (1, 2, 2, 3, 3, 5)
_STRIDES = (1, 2, 2, 2, 1, 2)
_WIDEN = 6


@networks.register
class ReXNet(ScalableNetwork):
    """ReXNet-1.0: 16 inverted bottlenecks whose width grows by a straight line."""

    name = "rexnet"
    paper = (
        "Han et al. 2020, Rethinking Channel Dimensions for Efficient Model Design, arXiv "
        "2007.00992 (ReXNet); the layers are those of FaceX-Zoo (Wang et al. 2021, arXiv "
        "2101.04407): a stem of stride 1, no squeeze and excitation, 512 channels at the end "
        "instead of 1280, and one dense layer over the whole map."
    )
    known_weights = (
        "FaceX-Zoo's ReXNet_1.0, trained on MS-Celeb-1M-v1c (LFW 99.65 %, as published); "
        "repository under Apache-2.0, the data for research only"
    )
    parameters: ClassVar[int] = 15_197_128
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO

    def module(self) -> FaceNetwork:
        """Return the network."""
        height, width = self.size
        head = facex_zoo_head(
            self.channels(_LAST),
            height // self.input_multiple,
            width // self.input_multiple,
            self.embedding,
        )
        head[1] = nn.Dropout(0.2)  # FaceX-Zoo's setting for this network
        return _ReXNetwork(self.channels, head)


class _ReXNetwork(FaceNetwork):
    def __init__(self, scale: Callable[[int], int], head: nn.Module) -> None:
        super().__init__()
        given = scale(_STEM)
        self.features = nn.Sequential(*_convolution(3, given, 3), nn.SiLU(inplace=True))
        blocks = sum(_DEPTHS)
        strides = [
            stride if block == 0 else 1
            for stride, depth in zip(_STRIDES, _DEPTHS, strict=True)
            for block in range(depth)
        ]
        for place, stride in enumerate(strides):
            # Python rounds halves to even, and so do the published widths.
            channels = scale(round(_FIRST + _GROWTH * place / blocks))
            self.features.append(
                _Inverted(given, channels, stride=stride, widen=_WIDEN if place else 1)
            )
            given = channels
        self.features.extend([*_convolution(given, scale(_LAST), 1), nn.SiLU(inplace=True)])
        self.output_layer = head

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size)."""
        embeddings: Tensor = self.output_layer(self.features(images))
        return embeddings


class _Inverted(nn.Module):
    """Widen, convolve each channel by itself, narrow; what came in is added to the first part."""

    def __init__(self, given: int, channels: int, *, stride: int, widen: int) -> None:
        super().__init__()
        self.given = given
        self.residual = stride == 1 and given <= channels
        hidden = given * widen
        layers: list[nn.Module] = []
        if widen != 1:
            layers += [*_convolution(given, hidden, 1), nn.SiLU(inplace=True)]
        layers += [
            *_convolution(hidden, hidden, 3, stride=stride, groups=hidden),
            nn.ReLU6(inplace=True),
            *_convolution(hidden, channels, 1),
        ]
        self.out = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.out(x)
        if not self.residual:
            return out
        return torch.cat([out[:, : self.given] + x, out[:, self.given :]], 1)


def _convolution(
    given: int, channels: int, kernel: int, *, stride: int = 1, groups: int = 1
) -> tuple[nn.Module, nn.Module]:
    """Return a convolution and its batch norm; the places in the sequence are the names."""
    return (
        nn.Conv2d(given, channels, kernel, stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels),
    )
