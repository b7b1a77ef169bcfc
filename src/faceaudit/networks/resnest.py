"""ResNeSt-50: bottlenecks whose convolution is two, weighed channel by channel."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.base import FACEX_ZOO, FaceNetwork, Preprocessing, ScalableNetwork, networks
from faceaudit.networks.common.heads import facex_zoo_head

_STEM = 64
_STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))
_EXPANSION = 4
_RADIX = 2


@networks.register
class ResNeSt50(ScalableNetwork):
    """ResNeSt-50 with two splits: residual blocks with attention over the splits."""

    name = "resnest50"
    paper = (
        "Zhang et al. 2020, ResNeSt: Split-Attention Networks, arXiv 2004.08955 (2s1x64d, average "
        "pooling where a block shrinks the map); the layers are those of FaceX-Zoo (Wang et al. "
        "2021, arXiv 2101.04407): a stem of one 3x3 convolution of stride 1, the first stage of "
        "stride 2, and one dense layer over the whole map. FaceX-Zoo scales embeddings to length "
        "1, which is left to the comparison here."
    )
    known_weights = (
        "FaceX-Zoo's ResNeSt50, trained on MS-Celeb-1M-v1c (LFW 99.80 %, as published); repository "
        "under Apache-2.0, the data for research only"
    )
    parameters: ClassVar[int] = 76_793_248
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO

    def module(self) -> FaceNetwork:
        """Return the network."""
        height, width = self.size
        last = _EXPANSION * self.channels(_STAGES[-1][0])
        head = facex_zoo_head(
            last, height // self.input_multiple, width // self.input_multiple, self.embedding
        )
        return _ResNeStNetwork(self.channels, head)


class _ResNeStNetwork(FaceNetwork):
    def __init__(self, scale: Callable[[int], int], head: nn.Module) -> None:
        super().__init__()
        given = scale(_STEM)
        self.input_layer = nn.Sequential(
            nn.Conv2d(3, given, 3, padding=1, bias=False), nn.BatchNorm2d(given), nn.PReLU(given)
        )
        stages: OrderedDict[str, nn.Module] = OrderedDict()
        for place, (count, depth) in enumerate(_STAGES, 1):
            inner = scale(count)
            stage = nn.Sequential(_Bottleneck(given, inner, shrink=True))
            given = _EXPANSION * inner
            stage.extend(_Bottleneck(given, inner, shrink=False) for _ in range(depth - 1))
            stages[f"layer{place}"] = stage
        self.body = nn.Sequential(stages)
        self.output_layer = head

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size)."""
        embeddings: Tensor = self.output_layer(self.body(self.input_layer(images)))
        return embeddings


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
