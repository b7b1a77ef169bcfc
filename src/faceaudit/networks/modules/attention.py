"""Layers of Attention-56 and -92, under the names of FaceX-Zoo's checkpoints."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from faceaudit.networks.common.split_network import SplitNetwork


class AttentionNetworkModule(SplitNetwork):
    """FaceX-Zoo's residual attention network.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        modules: attention modules of each of the three stages.
        last_map: height and width of the last map.
        embedding: length of an embedding.
    """

    def __init__(
        self,
        channels: Callable[[int], int],
        modules: tuple[int, int, int],
        last_map: tuple[int, int],
        embedding: int,
    ) -> None:
        super().__init__()
        stem, last = channels(64), channels(2048)
        stages = (channels(256), channels(512), channels(1024))
        self.conv1 = nn.Sequential(
            nn.Conv2d(3, stem, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(inplace=True),
        )
        body: list[nn.Module] = []
        given = stem
        for stage, (outputs, count) in enumerate(zip(stages, modules, strict=True)):
            body.append(_Residual(given, outputs, stride=2 if stage else 1))
            # The mask's hourglass reaches one eighth of the first stage's map: the same size from
            # every stage.
            body.extend(_AttentionModule(outputs, depth=3 - stage) for _ in range(count))
            given = outputs
        body.append(_Residual(given, last, stride=2))
        body.extend(_Residual(last, last) for _ in range(2))
        self.attention_body = nn.Sequential(*body)
        self.output_layer = nn.Sequential(
            nn.Flatten(),
            nn.Linear(last * last_map[0] * last_map[1], embedding, bias=False),
            nn.BatchNorm1d(embedding),
        )

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        given: Tensor = self.attention_body[:-1](self.conv1(images))
        return given

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size)."""
        embeddings: Tensor = self.output_layer(self.attention_body[-1](maps))
        return embeddings

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self.attention_body[-1], self.output_layer)


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
        self.add_module(f"softmax{2 * depth}_blocks", _build_mask_end(channels))
        self.last_blocks = _Residual(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first_residual_blocks(x)
        trunk = self.trunk_branches(x)
        mask = self._block(2 * self.depth, _enlarge(self._hourglass(x, 1), trunk) + trunk)
        weighed: Tensor = self.last_blocks((1 + mask) * trunk)
        return weighed

    def _hourglass(self, x: Tensor, level: int) -> Tensor:
        """Run the hourglass from `level` down and back up, on a map one level above it."""
        down = self._block(level, functional.max_pool2d(x, 3, stride=2, padding=1))
        if level == self.depth:
            return down
        skip = self.get_submodule(_skip(level))(down)
        below = _enlarge(self._hourglass(down, level + 1), down)
        return self._block(2 * self.depth - level, below + down + skip)

    def _block(self, number: int, x: Tensor) -> Tensor:
        out: Tensor = self.get_submodule(f"softmax{number}_blocks")(x)
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


def _build_mask_end(channels: int) -> nn.Sequential:
    """Return the end of a mask branch: weights in (0, 1), one a channel and position."""
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
