"""Layers of the MobileFaceNet trained on CASIA-WebFace."""

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
    named_unit,
)
from faceaudit.networks.common.split_network import SplitNetwork


class MobileFaceNetCasiaModule(SplitNetwork):
    """Xiaoccer's MobileFaceNet.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        last_map: height and width of the last map.
        embedding: length of an embedding.
    """

    def __init__(
        self, channels: Callable[[int], int], last_map: tuple[int, int], embedding: int
    ) -> None:
        super().__init__()
        stem, final = channels(64), channels(512)
        self.conv1 = named_unit(conv_unit(3, stem, 3, stride=2, padding=1))
        self.dw_conv1 = named_unit(conv_unit(stem, stem, 3, padding=1, groups=stem))
        blocks: list[nn.Module] = []
        inputs = stem
        for outputs, down, count, inside in mobile_stages(channels):
            blocks.append(nn.Sequential(_layers(inputs, outputs, down, stride=2)))
            blocks.extend(Residual(_layers(outputs, outputs, inside)) for _ in range(count))
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.conv2 = named_unit(conv_unit(inputs, final))
        self.linear7 = named_unit(conv_unit(final, final, last_map, groups=final, prelu=False))
        self.linear1 = named_unit(conv_unit(final, embedding, prelu=False))
        kaiming(self)

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        given: Tensor = self.blocks[:-1](self.dw_conv1(self.conv1(images)))
        return given

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size), not normalised."""
        embeddings: Tensor = self.linear1(self.linear7(self.conv2(self.blocks[-1](maps))))
        return embeddings.flatten(1)

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self.blocks[-1], self.conv2, self.linear7, self.linear1)


def _layers(
    inputs: int, outputs: int, inside: int, *, stride: int = 1
) -> OrderedDict[str, nn.Module]:
    # The public code has a bottleneck's eight layers in one sequence.
    units = bottleneck(inputs, outputs, inside, stride=stride)
    return OrderedDict(conv=nn.Sequential(*(layer for unit in units for layer in unit)))
