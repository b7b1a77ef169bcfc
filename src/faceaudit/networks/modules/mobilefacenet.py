"""Layers of insightface's `mbf`, under the names of its checkpoints."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from torch import Tensor, nn

from faceaudit.networks.common.face_network import FaceNetwork
from faceaudit.networks.common.residual import (
    Residual,
    bottleneck,
    conv_unit,
    kaiming,
    mobile_stages,
)


class MobileFaceNetModule(FaceNetwork):
    """insightface's `mbf`.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        last_map: height and width of the last map.
        embedding: length of an embedding.
    """

    def __init__(
        self, channels: Callable[[int], int], last_map: tuple[int, int], embedding: int
    ) -> None:
        super().__init__()
        stem, final = channels(128), channels(512)
        self.layers = nn.ModuleList(
            [
                _layers(*conv_unit(3, stem, 3, stride=2, padding=1)),
                _layers(*conv_unit(stem, stem, 3, padding=1, groups=stem // 2)),
            ]
        )
        inputs = stem
        for outputs, down, blocks, inside in mobile_stages(channels, outside=2):
            rest = [
                _layers(*_units(outputs, outputs, inside), kind=Residual) for _ in range(blocks)
            ]
            self.layers.append(_layers(*_units(inputs, outputs, down, stride=2)))
            self.layers.append(_layers(*rest))
            inputs = outputs
        self.conv_sep = _layers(*conv_unit(inputs, final))
        self.features = _layers(
            _layers(*conv_unit(final, final, last_map, groups=final, prelu=False)),
            nn.Flatten(),
            nn.Linear(final, embedding, bias=False),
            nn.BatchNorm1d(embedding),
        )
        kaiming(self)

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size), not normalised."""
        x = images
        for layer in self.layers:
            x = layer(x)
        embeddings: Tensor = self.features(self.conv_sep(x))
        return embeddings


def _units(inputs: int, outputs: int, inside: int, *, stride: int = 1) -> list[nn.Sequential]:
    return [_layers(*unit) for unit in bottleneck(inputs, outputs, inside, stride=stride)]


def _layers(*layers: nn.Module, kind: type[nn.Sequential] = nn.Sequential) -> nn.Sequential:
    # The public code wraps every sequence in a module that calls it `layers`.
    return kind(OrderedDict(layers=nn.Sequential(*layers)))
