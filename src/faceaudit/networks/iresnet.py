"""IResNet: the residual networks of ArcFace, as insightface builds them."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from faceaudit.networks.base import (
    INSIGHTFACE,
    FaceNetwork,
    Preprocessing,
    ScalableNetwork,
    networks,
)
from faceaudit.networks.common.residual import conv_unit, fixed_scale

STAGES = (64, 128, 256, 512)


class IResNet(ScalableNetwork):
    """What the four depths of IResNet share."""

    paper = (
        "Deng, Guo, Xue, Zafeiriou 2019, ArcFace, arXiv 1801.07698, after He et al. 2016, Deep "
        "Residual Learning, arXiv 1512.03385. As in insightface's code: the stride is on a "
        "block's second convolution, the embedding's batch norm has a fixed scale, and nothing "
        "is dropped before the dense layer, where the paper has dropout."
    )
    known_weights = (
        "insightface, bare state dicts trained on MS1MV2, MS1MV3 or Glint360K; non-commercial "
        "research only"
    )
    default_preprocessing: ClassVar[Preprocessing] = INSIGHTFACE
    blocks: ClassVar[tuple[int, int, int, int]]
    parameters: ClassVar[int]

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        stages = [self.channels(count) for count in STAGES]
        height, width = (edge // self.input_multiple for edge in self.size)
        return _IResNet(stages, self.blocks, height * width, self.embedding)


@networks.register
class IResNet18(IResNet):
    """ArcFace's residual network with 2, 2, 2, 2 blocks: 24.03 M parameters."""

    name = "iresnet18"
    blocks: ClassVar[tuple[int, int, int, int]] = (2, 2, 2, 2)
    parameters: ClassVar[int] = 24_025_600


@networks.register
class IResNet34(IResNet):
    """ArcFace's residual network with 3, 4, 6, 3 blocks: 34.14 M parameters."""

    name = "iresnet34"
    blocks: ClassVar[tuple[int, int, int, int]] = (3, 4, 6, 3)
    parameters: ClassVar[int] = 34_139_328


@networks.register
class IResNet50(IResNet):
    """ArcFace's residual network with 3, 4, 14, 3 blocks: 43.59 M parameters."""

    name = "iresnet50"
    blocks: ClassVar[tuple[int, int, int, int]] = (3, 4, 14, 3)
    parameters: ClassVar[int] = 43_590_848


@networks.register
class IResNet100(IResNet):
    """ArcFace's residual network with 3, 13, 30, 3 blocks: 65.16 M parameters."""

    name = "iresnet100"
    blocks: ClassVar[tuple[int, int, int, int]] = (3, 13, 30, 3)
    parameters: ClassVar[int] = 65_156_160


class _IResNet(FaceNetwork):
    def __init__(
        self, stages: list[int], blocks: tuple[int, ...], area: int, embedding: int
    ) -> None:
        super().__init__()
        first, second, third, fourth = stages
        self.conv1, self.bn1, self.prelu = conv_unit(3, first, 3, padding=1)
        self.layer1 = _stage(first, first, blocks[0])
        self.layer2 = _stage(first, second, blocks[1])
        self.layer3 = _stage(second, third, blocks[2])
        self.layer4 = _stage(third, fourth, blocks[3])
        self.bn2 = nn.BatchNorm2d(fourth)
        self.dropout = nn.Dropout(0.0)
        self.fc = nn.Linear(fourth * area, embedding)
        self.features = fixed_scale(embedding)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight, std=0.1)

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size), not normalised."""
        x = self.prelu(self.bn1(self.conv1(images)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        x = self.dropout(self.bn2(x).flatten(1))
        embeddings: Tensor = self.features(self.fc(x))
        return embeddings


class _Block(nn.Module):
    """Batch norm, 3x3, batch norm, PReLU, 3x3 with the stride, batch norm; plus a short cut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1, self.bn2, self.prelu = conv_unit(inputs, outputs, 3, padding=1)
        self.conv2, self.bn3 = conv_unit(outputs, outputs, 3, stride=stride, padding=1, prelu=False)
        self.downsample = (
            nn.Identity()
            if stride == 1
            else nn.Sequential(*conv_unit(inputs, outputs, stride=stride, prelu=False))
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, outputs, H / stride, W / stride) of (N, inputs, H, W)."""
        inside: Tensor = self.prelu(self.bn2(self.conv1(self.bn1(x))))
        inside = self.bn3(self.conv2(inside))
        shortcut: Tensor = self.downsample(x)
        return inside + shortcut


def _stage(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    rest = [_Block(outputs, outputs, stride=1) for _ in range(blocks - 1)]
    return nn.Sequential(_Block(inputs, outputs, stride=2), *rest)
