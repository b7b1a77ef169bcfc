"""MobileFaceNet trained on CASIA-WebFace: taller than wide."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import ClassVar

from pydantic import Field
from torch import Tensor, nn

from faceaudit.networks.base import (
    INSIGHTFACE_128,
    FaceNetwork,
    Preprocessing,
    ScalableNetwork,
    networks,
)
from faceaudit.networks.common.residual import (
    Residual,
    bottleneck,
    conv_unit,
    kaiming,
    mobile_stages,
    named_unit,
)


@networks.register
class MobileFaceNetCasia(ScalableNetwork):
    """The CASIA MobileFaceNet: 112 high, 96 wide, 128 numbers an embedding, 1.00 M parameters."""

    name = "mobilefacenet_casia"
    paper = (
        "Chen, Liu, Gao, Han 2018, MobileFaceNets, arXiv 1804.07573; as in Xiaoccer's PyTorch "
        "code. That code takes 112 x 112 too and then gives two embeddings in a row, which is "
        "refused here."
    )
    known_weights = "Xiaoccer/MobileFaceNet_Pytorch, trained on CASIA-WebFace; no licence stated"
    default_input_size: ClassVar[tuple[int, int]] = (112, 96)
    default_preprocessing: ClassVar[Preprocessing] = INSIGHTFACE_128
    parameters: ClassVar[int] = 999_552

    embedding: int = Field(128, ge=1, description="length of an embedding")

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        height, width = (edge // self.input_multiple for edge in self.size)
        return _Casia(self.channels, last=(height, width), embedding=self.embedding)


class _Casia(FaceNetwork):
    def __init__(
        self, channels: Callable[[int], int], *, last: tuple[int, int], embedding: int
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
        self.linear7 = named_unit(conv_unit(final, final, last, groups=final, prelu=False))
        self.linear1 = named_unit(conv_unit(final, embedding, prelu=False))
        kaiming(self)

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size), not normalised."""
        x = self.blocks(self.dw_conv1(self.conv1(images)))
        embeddings: Tensor = self.linear1(self.linear7(self.conv2(x)))
        return embeddings.flatten(1)


def _layers(
    inputs: int, outputs: int, inside: int, *, stride: int = 1
) -> OrderedDict[str, nn.Module]:
    # The public code has a bottleneck's eight layers in one sequence.
    units = bottleneck(inputs, outputs, inside, stride=stride)
    return OrderedDict(conv=nn.Sequential(*(layer for unit in units for layer in unit)))
