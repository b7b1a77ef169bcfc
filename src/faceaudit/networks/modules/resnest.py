"""Layers of ResNeSt-50, under the names of FaceX-Zoo's checkpoints."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.common.heads import facex_zoo_head
from faceaudit.networks.common.split_network import SplitNetwork

_STEM = 64
_STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))
_EXPANSION = 4
_RADIX = 2


class ResNeStModule(SplitNetwork):
    """FaceX-Zoo's ResNeSt-50.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        last_map: height and width of the last map.
        embedding: length of an embedding.
    """

    def __init__(
        self, channels: Callable[[int], int], last_map: tuple[int, int], embedding: int
    ) -> None:
        super().__init__()
        head = facex_zoo_head(_EXPANSION * channels(_STAGES[-1][0]), last_map, embedding)
        given = channels(_STEM)
        self.input_layer = nn.Sequential(
            nn.Conv2d(3, given, 3, padding=1, bias=False), nn.BatchNorm2d(given), nn.PReLU(given)
        )
        stages: OrderedDict[str, nn.Module] = OrderedDict()
        for number, (count, depth) in enumerate(_STAGES, 1):
            inner = channels(count)
            stage = nn.Sequential(_Bottleneck(given, inner, shrink=True))
            given = _EXPANSION * inner
            stage.extend(_Bottleneck(given, inner, shrink=False) for _ in range(depth - 1))
            stages[f"layer{number}"] = stage
        self.body = nn.Sequential(stages)
        self.output_layer = head

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        x = self.body[:-1](self.input_layer(images))
        given: Tensor = self._last_stage[:-1](x)
        return given

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size)."""
        embeddings: Tensor = self.output_layer(self._last_stage[-1](maps))
        return embeddings

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self._last_stage[-1], self.output_layer)

    @property
    def _last_stage(self) -> nn.Sequential:
        stage = self.body[-1]
        assert isinstance(stage, nn.Sequential)
        return stage


class _Bottleneck(nn.Module):
    """1x1, split attention, 1x1; where the map is halved, it is averaged and never skipped."""

    def __init__(self, given: int, inner: int, *, shrink: bool) -> None:
        super().__init__()
        out = _EXPANSION * inner
        self.conv1 = nn.Conv2d(given, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = _SplitAttention(inner)
        self.conv3 = nn.Conv2d(inner, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.shrink = shrink
        self.downsample = (
            nn.Sequential(
                nn.AvgPool2d(2), nn.Conv2d(given, out, 1, bias=False), nn.BatchNorm2d(out)
            )
            if shrink
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv2(functional.relu(self.bn1(self.conv1(x))))
        if self.shrink:
            out = functional.avg_pool2d(out, 3, stride=2, padding=1)
        return functional.relu(self.bn3(self.conv3(out)) + self.downsample(x))


class _SplitAttention(nn.Module):
    """Two 3x3 convolutions, each of half of the channels, and for each channel their mixture."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        reduced = max(channels * _RADIX // 4, 32)
        both = _RADIX * channels
        self.conv = nn.Conv2d(channels, both, 3, padding=1, groups=_RADIX, bias=False)
        self.bn0 = nn.BatchNorm2d(both)
        self.fc1 = nn.Conv2d(channels, reduced, 1)
        self.bn1 = nn.BatchNorm2d(reduced)
        self.fc2 = nn.Conv2d(reduced, both, 1)

    def forward(self, x: Tensor) -> Tensor:
        first, second = functional.relu(self.bn0(self.conv(x))).chunk(_RADIX, 1)
        pooled = (first + second).mean((2, 3), keepdim=True)
        scores = self.fc2(functional.relu(self.bn1(self.fc1(pooled))))
        shares = scores.view(len(x), _RADIX, -1, 1, 1).softmax(1)
        mixed: Tensor = first * shares[:, 0] + second * shares[:, 1]
        return mixed
