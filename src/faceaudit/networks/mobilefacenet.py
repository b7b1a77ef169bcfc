"""MobileFaceNet as insightface's PyTorch code has it: `mbf`."""

from __future__ import annotations

from collections import OrderedDict
from typing import ClassVar

from torch import Tensor, nn

from faceaudit.networks.base import (
    INSIGHTFACE,
    FaceNetwork,
    Preprocessing,
    ScalableNetwork,
    networks,
)
from faceaudit.networks.common.residual import (
    MobileStage,
    Residual,
    bottleneck,
    conv_unit,
    kaiming,
    mobile_stages,
)


@networks.register
class MobileFaceNet(ScalableNetwork):
    """insightface's `mbf`: 512 numbers an embedding, 2.06 M parameters."""

    name = "mobilefacenet"
    paper = (
        "Chen, Liu, Gao, Han 2018, MobileFaceNets, arXiv 1804.07573. As in insightface's `mbf`: "
        "twice the paper's channels between the bottlenecks but not inside them, two channels a "
        "group in the second convolution, and 512 numbers an embedding, which a batch norm ends."
    )
    known_weights = (
        "insightface, trained on MS1MV3, Glint360K or WebFace600K; non-commercial research only"
    )
    default_preprocessing: ClassVar[Preprocessing] = INSIGHTFACE
    parameters: ClassVar[int] = 2_059_520

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        height, width = (edge // self.input_multiple for edge in self.size)
        return _Mbf(
            self.channels(128),
            mobile_stages(self.channels, outside=2),
            self.channels(512),
            last=(height, width),
            embedding=self.embedding,
        )


class _Mbf(FaceNetwork):
    def __init__(
        self,
        stem: int,
        stages: list[MobileStage],
        final: int,
        *,
        last: tuple[int, int],
        embedding: int,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                _layers(*conv_unit(3, stem, 3, stride=2, padding=1)),
                _layers(*conv_unit(stem, stem, 3, padding=1, groups=stem // 2)),
            ]
        )
        inputs = stem
        for channels, down, blocks, inside in stages:
            rest = [
                _layers(*_units(channels, channels, inside), kind=Residual) for _ in range(blocks)
            ]
            self.layers.append(_layers(*_units(inputs, channels, down, stride=2)))
            self.layers.append(_layers(*rest))
            inputs = channels
        self.conv_sep = _layers(*conv_unit(inputs, final))
        self.features = _layers(
            _layers(*conv_unit(final, final, last, groups=final, prelu=False)),
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
