"""Layers of insightface's `mbf`, under the names of its checkpoints."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from torch import Tensor, nn

from faceaudit.networks.common.residual import (
    Residual,
    bottleneck,
    conv_unit,
    kaiming,
    mobile_stages,
)
from faceaudit.networks.common.split_network import SplitNetwork


class MobileFaceNetModule(SplitNetwork):
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

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        x = images
        for layer in self.layers[:-1]:
            x = layer(x)
        given: Tensor = self._last_stage[:-1](x)
        return given

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size), not normalised."""
        embeddings: Tensor = self.features(self.conv_sep(self._last_stage[-1](maps)))
        return embeddings

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self._last_stage[-1], self.conv_sep, self.features)

    @property
    def _last_stage(self) -> nn.Sequential:
        stage = self.layers[-1].get_submodule("layers")
        assert isinstance(stage, nn.Sequential)
        return stage


def _units(inputs: int, outputs: int, inside: int, *, stride: int = 1) -> list[nn.Sequential]:
    return [_layers(*unit) for unit in bottleneck(inputs, outputs, inside, stride=stride)]


def _layers(*layers: nn.Module, kind: type[nn.Sequential] = nn.Sequential) -> nn.Sequential:
    # The public code wraps every sequence in a module that calls it `layers`.
    return kind(OrderedDict(layers=nn.Sequential(*layers)))
