"""Layers of IResNet, under the names of insightface's checkpoints."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from faceaudit.networks.common.residual import conv_unit, fixed_scale
from faceaudit.networks.common.split_network import SplitNetwork

STAGES = (64, 128, 256, 512)


class IResNetModule(SplitNetwork):
    """insightface's IResNet.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        blocks: how many each of the four stages has.
        last_map: height and width of the last map.
        embedding: length of an embedding.
    """

    def __init__(
        self,
        channels: Callable[[int], int],
        blocks: tuple[int, int, int, int],
        last_map: tuple[int, int],
        embedding: int,
    ) -> None:
        super().__init__()
        first, second, third, fourth = (channels(count) for count in STAGES)
        self.conv1, self.bn1, self.prelu = conv_unit(3, first, 3, padding=1)
        self.layer1 = _stage(first, first, blocks[0])
        self.layer2 = _stage(first, second, blocks[1])
        self.layer3 = _stage(second, third, blocks[2])
        self.layer4 = _stage(third, fourth, blocks[3])
        self.bn2 = nn.BatchNorm2d(fourth)
        self.dropout = nn.Dropout(0.0)
        self.fc = nn.Linear(fourth * last_map[0] * last_map[1], embedding)
        self.features = fixed_scale(embedding)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight, std=0.1)

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        x = self.prelu(self.bn1(self.conv1(images)))
        x = self.layer3(self.layer2(self.layer1(x)))
        given: Tensor = self.layer4[:-1](x)
        return given

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size), not normalised."""
        x = self.dropout(self.bn2(self.layer4[-1](maps)).flatten(1))
        embeddings: Tensor = self.features(self.fc(x))
        return embeddings

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self.layer4[-1], self.bn2, self.fc, self.features)


class _Block(nn.Module):
    """Batch norm, 3x3, batch norm, PReLU, 3x3 with the stride, batch norm; plus a shortcut."""

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
