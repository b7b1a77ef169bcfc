"""Layers of MobileFaceNet under the names of FaceX-Zoo's checkpoints."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from torch import Tensor, nn

from faceaudit.networks.common.residual import (
    MobileStage,
    Residual,
    bottleneck,
    conv_unit,
    kaiming,
    mobile_stages,
    named_unit,
)
from faceaudit.networks.common.split_network import SplitNetwork


def build_facexzoo(
    channels: Callable[[int], int], last_map: tuple[int, int], embedding: int
) -> MobileFaceNetLayers:
    """Return FaceX-Zoo's network: a dense layer without bias, then a batch norm.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        last_map: height and width of the last map.
        embedding: length of an embedding.
    """
    return MobileFaceNetLayers(
        channels,
        last_map=last_map,
        linear=nn.Linear(channels(512), embedding, bias=False),
        bn=nn.BatchNorm1d(embedding),
    )


class MobileFaceNetLayers(SplitNetwork):
    """The paper's layers under FaceX-Zoo's names.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        last_map: height and width of the last map.
        linear: from the last convolution's channels to an embedding.
        bn: the batch norm of the embedding.
        eps: added to a variance by the batch norms of the convolutions.
    """

    def __init__(
        self,
        channels: Callable[[int], int],
        *,
        last_map: tuple[int, int],
        linear: nn.Linear,
        bn: nn.BatchNorm1d,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        stem, final = channels(64), channels(512)
        third, fourth, fifth = mobile_stages(channels)
        stem_dw = conv_unit(stem, stem, 3, padding=1, groups=stem, eps=eps)
        self.conv1 = named_unit(conv_unit(3, stem, 3, stride=2, padding=1, eps=eps))
        self.conv2_dw = named_unit(stem_dw)
        self.conv_23 = nn.Sequential(_units(stem, third.channels, third.down, stride=2, eps=eps))
        self.conv_3 = _repeat(third, eps)
        self.conv_34 = nn.Sequential(
            _units(third.channels, fourth.channels, fourth.down, stride=2, eps=eps)
        )
        self.conv_4 = _repeat(fourth, eps)
        self.conv_45 = nn.Sequential(
            _units(fourth.channels, fifth.channels, fifth.down, stride=2, eps=eps)
        )
        self.conv_5 = _repeat(fifth, eps)
        self.conv_6_sep = named_unit(conv_unit(fifth.channels, final, eps=eps))
        self.conv_6_dw = named_unit(
            conv_unit(final, final, last_map, groups=final, eps=eps, prelu=False)
        )
        self.linear = linear
        self.bn = bn
        kaiming(self)

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        x = self.conv2_dw(self.conv1(images))
        x = self.conv_3(self.conv_23(x))
        x = self.conv_4(self.conv_34(x))
        given: Tensor = self._last_stage[:-1](self.conv_45(x))
        return given

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size), not normalised."""
        x = self.conv_6_dw(self.conv_6_sep(self._last_stage[-1](maps))).flatten(1)
        embeddings: Tensor = self.bn(self.linear(x))
        return embeddings

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self._last_stage[-1], self.conv_6_sep, self.conv_6_dw, self.linear, self.bn)

    @property
    def _last_stage(self) -> nn.Sequential:
        stage = self.conv_5.get_submodule("model")
        assert isinstance(stage, nn.Sequential)
        return stage


def _units(
    inputs: int, outputs: int, inside: int, *, stride: int = 1, eps: float
) -> OrderedDict[str, nn.Module]:
    units = bottleneck(inputs, outputs, inside, stride=stride, eps=eps)
    named = (named_unit(unit) for unit in units)
    return OrderedDict(zip(("conv", "conv_dw", "project"), named, strict=True))


def _repeat(stage: MobileStage, eps: float) -> nn.Sequential:
    blocks = (
        Residual(_units(stage.channels, stage.channels, stage.inside, eps=eps))
        for _ in range(stage.blocks)
    )
    return nn.Sequential(OrderedDict(model=nn.Sequential(*blocks)))
