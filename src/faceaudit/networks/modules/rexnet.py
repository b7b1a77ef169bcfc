"""Layers of ReXNet-1.0, under the names of FaceX-Zoo's checkpoints."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from faceaudit.networks.common.heads import facex_zoo_head
from faceaudit.networks.common.split_network import SplitNetwork

_STEM, _FIRST, _GROWTH, _LAST = 32, 16, 180, 512
_DEPTHS = (1, 2, 2, 3, 3, 5)
_STRIDES = (1, 2, 2, 2, 1, 2)
_WIDEN = 6
_END = 4
"""Layers of `features` that are the last block, and the convolution behind it."""


class ReXNetModule(SplitNetwork):
    """FaceX-Zoo's ReXNet-1.0.

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
        self.features = nn.Sequential(*_convolution(3, given, 3), nn.SiLU(inplace=True))
        blocks = sum(_DEPTHS)
        strides = [
            stride if block == 0 else 1
            for stride, depth in zip(_STRIDES, _DEPTHS, strict=True)
            for block in range(depth)
        ]
        for number, stride in enumerate(strides):
            # Python rounds halves to even, and so do the published widths.
            outputs = channels(round(_FIRST + _GROWTH * number / blocks))
            self.features.append(
                _Inverted(given, outputs, stride=stride, widen=_WIDEN if number else 1)
            )
            given = outputs
        self.features.extend([*_convolution(given, channels(_LAST), 1), nn.SiLU(inplace=True)])
        self.output_layer = head

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        given: Tensor = self.features[:-_END](images)
        return given

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size)."""
        embeddings: Tensor = self.output_layer(self.features[-_END:](maps))
        return embeddings

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (*self.features[-_END:], self.output_layer)


class _Inverted(nn.Module):
    """Widen, convolve each channel by itself, narrow; the input is added to the first channels."""

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
    """Return a convolution and its batch norm; their positions in the sequence are the names."""
    return (
        nn.Conv2d(given, channels, kernel, stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels),
    )
