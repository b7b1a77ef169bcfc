"""Attention-56 and -92: residual networks whose features are weighed by a mask of their own."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.base import FACEX_ZOO, FaceNetwork, Preprocessing, ScalableNetwork, networks

_PAPER = (
    "Wang et al. 2017, Residual Attention Network for Image Classification, arXiv 1704.06904; the "
    "layers are those of FaceX-Zoo (Wang et al. 2021, arXiv 2101.04407), which start at stride 2 "
    "without a pooling after, and end in one dense layer over the whole map."
)


class _Attention(ScalableNetwork):
    """What both depths share; a subclass says how many attention modules a stage has."""

    paper = _PAPER
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    modules: ClassVar[tuple[int, int, int]]

    def module(self) -> FaceNetwork:
        """Return the network, its stages `modules` deep."""
        height, width = self.size
        return _AttentionNetwork(
            stem=self.channels(64),
            stages=(self.channels(256), self.channels(512), self.channels(1024)),
            last=self.channels(2048),
            modules=self.modules,
            cells=(height // self.input_multiple) * (width // self.input_multiple),
            embedding=self.embedding,
        )


@networks.register
class Attention56(_Attention):
    """Residual attention, one module a stage: large, and FaceX-Zoo's best on LFW."""

    name = "attention56"
    known_weights = (
        "FaceX-Zoo's Attention-56, trained on MS-Celeb-1M-v1c (LFW 99.88 %, as published); "
        "repository under Apache-2.0, the data for research only"
    )
    parameters: ClassVar[int] = 98_964_672
    modules: ClassVar[tuple[int, int, int]] = (1, 1, 1)


@networks.register
class Attention92(_Attention):
    """Residual attention with one, two and three modules a stage."""

    name = "attention92"
    known_weights = (
        "FaceX-Zoo's Attention-92, trained in mixed precision on MS-Celeb-1M-v1c (LFW 99.82 %, as "
        "published); repository under Apache-2.0, the data for research only"
    )
    parameters: ClassVar[int] = 134_562_496
    modules: ClassVar[tuple[int, int, int]] = (1, 2, 3)


class _AttentionNetwork(FaceNetwork):
    def __init__(
        self,
        *,
        stem: int,
        stages: tuple[int, int, int],
        last: int,
        modules: tuple[int, int, int],
        cells: int,
        embedding: int,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Sequential(
            nn.Conv2d(3, stem, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(inplace=True),
        )
        body: list[nn.Module] = []
        given = stem
        for place, (channels, count) in enumerate(zip(stages, modules, strict=True)):
            body.append(_Residual(given, channels, stride=2 if place else 1))
            # The mask's hourglass reaches one eighth of the first stage's map: the same size from
            # every stage.
            body.extend(_AttentionModule(channels, depth=3 - place) for _ in range(count))
            given = channels
        body.append(_Residual(given, last, stride=2))
        body.extend(_Residual(last, last) for _ in range(2))
        self.attention_body = nn.Sequential(*body)
        self.output_layer = nn.Sequential(
            nn.Flatten(),
            nn.Linear(last * cells, embedding, bias=False),
            nn.BatchNorm1d(embedding),
        )

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size)."""
        embeddings: Tensor = self.output_layer(self.attention_body(self.conv1(images)))
        return embeddings


class _AttentionModule(nn.Module):
    """`(1 + mask) * trunk`, the mask from an hourglass that halves the map `depth` times.

    The names in FaceX-Zoo's checkpoints number the hourglass's blocks on their way down and up
    again, `softmax1` to `softmax{2 * depth}`, though nothing in it is a softmax.
    """

    def __init__(self, channels: int, *, depth: int) -> None:
        super().__init__()
        self.depth = depth
        self.first_residual_blocks = _Residual(channels, channels)
        self.trunk_branches = _pair(channels)
        for level in range(1, depth):
            self.add_module(f"softmax{level}_blocks", _Residual(channels, channels))
            self.add_module(_skip(level), _Residual(channels, channels))
            self.add_module(f"softmax{2 * depth - level}_blocks", _Residual(channels, channels))
        self.add_module(f"softmax{depth}_blocks", _pair(channels))
        self.add_module(f"softmax{2 * depth}_blocks", _mask(channels))
        self.last_blocks = _Residual(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first_residual_blocks(x)
        trunk = self.trunk_branches(x)
        mask = self._block(2 * self.depth, _enlarge(self._hourglass(x, 1), trunk) + trunk)
        weighed: Tensor = self.last_blocks((1 + mask) * trunk)
        return weighed

    def _hourglass(self, x: Tensor, level: int) -> Tensor:
        """Return what comes back up to `level` of a map one level above it."""
        down = self._block(level, functional.max_pool2d(x, 3, stride=2, padding=1))
        if level == self.depth:
            return down
        skip = self.get_submodule(_skip(level))(down)
        below = _enlarge(self._hourglass(down, level + 1), down)
        return self._block(2 * self.depth - level, below + down + skip)

    def _block(self, place: int, x: Tensor) -> Tensor:
        out: Tensor = self.get_submodule(f"softmax{place}_blocks")(x)
        return out


class _Residual(nn.Module):
    """A bottleneck with batch norm and ReLU before each convolution."""

    def __init__(self, given: int, channels: int, *, stride: int = 1) -> None:
        super().__init__()
        inner = channels // 4
        self.bn1 = nn.BatchNorm2d(given)
        self.conv1 = nn.Conv2d(given, inner, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride=stride, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, channels, 1, bias=False)
        self.conv4 = nn.Conv2d(given, channels, 1, stride=stride, bias=False)
        self.projects = stride != 1 or given != channels
        # FaceX-Zoo has this convolution in every block and uses it only where the shape changes.
        # It stays, so that its checkpoints load whole, but there is nothing to train in it.
        self.conv4.requires_grad_(self.projects)

    def forward(self, x: Tensor) -> Tensor:
        active = functional.relu(self.bn1(x))
        out = functional.relu(self.bn2(self.conv1(active)))
        out = functional.relu(self.bn3(self.conv2(out)))
        summed: Tensor = self.conv3(out) + (self.conv4(active) if self.projects else x)
        return summed


def _pair(channels: int) -> nn.Sequential:
    return nn.Sequential(_Residual(channels, channels), _Residual(channels, channels))


def _mask(channels: int) -> nn.Sequential:
    """Return the end of a mask branch: weights in (0, 1), one a channel and place."""
    layers: list[nn.Module] = []
    for _ in range(2):
        layers += [
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 1, bias=False),
        ]
    return nn.Sequential(*layers, nn.Sigmoid())


def _skip(level: int) -> str:
    return f"skip{level}_connection_residual_block"


def _enlarge(small: Tensor, like: Tensor) -> Tensor:
    """Interpolate to the height and width of `like`, corners on corners."""
    return functional.interpolate(small, like.shape[2:], mode="bilinear", align_corners=True)
