"""Layers of FaceX-Zoo's residual networks."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from faceaudit.networks.common.heads import facex_zoo_head
from faceaudit.networks.common.residual import conv_unit, kaiming
from faceaudit.networks.common.split_network import SplitNetwork

STAGES = (64, 128, 256, 512)
SQUEEZE = 16


class ResNetIRModule(SplitNetwork):
    """FaceX-Zoo's residual network.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        blocks: how many each of the four stages has.
        last_map: height and width of the last map.
        embedding: length of an embedding.
        excite: whether blocks end in squeeze and excitation.
    """

    def __init__(
        self,
        channels: Callable[[int], int],
        blocks: tuple[int, int, int, int],
        last_map: tuple[int, int],
        embedding: int,
        *,
        excite: bool,
    ) -> None:
        super().__init__()
        stages = [channels(count) for count in STAGES]
        head = facex_zoo_head(stages[-1], last_map, embedding)
        inputs = stages[0]
        self.input_layer = nn.Sequential(*conv_unit(3, inputs, 3, padding=1))
        body: list[nn.Module] = []
        for stage, (outputs, count) in enumerate(zip(stages, blocks, strict=True)):
            # Only the first stage keeps its channels; asking whether the scaled counts happen to
            # be equal would change the layers of a narrow network.
            body.append(_Block(inputs, outputs, stride=2, project=stage > 0, excite=excite))
            rest = (
                _Block(outputs, outputs, stride=1, project=False, excite=excite)
                for _ in range(count - 1)
            )
            body.extend(rest)
            inputs = outputs
        self.body = nn.Sequential(*body)
        self.output_layer = head
        kaiming(self)

    def trunk(self, images: Tensor) -> Tensor:
        """Return what the last block is given."""
        given: Tensor = self.body[:-1](self.input_layer(images))
        return given

    def finish(self, maps: Tensor) -> Tensor:
        """Return (N, embedding_size), not normalised."""
        embeddings: Tensor = self.output_layer(self.body[-1](maps))
        return embeddings

    def last_block(self) -> tuple[nn.Module, ...]:
        """Return the modules that `finish` runs."""
        return (self.body[-1], self.output_layer)


class _Block(nn.Module):
    """Batch norm, 3x3, PReLU, 3x3 with the stride, batch norm; plus a shortcut.

    Unlike insightface's block, none of the convolutions but the last is followed by a batch norm.
    """

    def __init__(
        self, inputs: int, outputs: int, *, stride: int, project: bool, excite: bool
    ) -> None:
        super().__init__()
        self.shortcut_layer: nn.Module
        if project:
            self.shortcut_layer = nn.Sequential(
                *conv_unit(inputs, outputs, stride=stride, prelu=False)
            )
        else:
            self.shortcut_layer = nn.MaxPool2d(1, stride)
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(inputs),
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
            nn.PReLU(outputs),
            *conv_unit(outputs, outputs, 3, stride=stride, padding=1, prelu=False),
            *([_SqueezeExcite(outputs)] if excite else []),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, outputs, H / stride, W / stride) of (N, inputs, H, W)."""
        inside: Tensor = self.res_layer(x)
        shortcut: Tensor = self.shortcut_layer(x)
        return inside + shortcut


class _SqueezeExcite(nn.Module):
    """Squeeze and excitation (Hu et al. 2018): channels scaled by a function of all their means."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = max(1, channels // SQUEEZE)
        self.fc1 = nn.Conv2d(channels, squeezed, 1, bias=False)
        self.fc2 = nn.Conv2d(squeezed, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, channels, H, W), as it came."""
        means = x.mean(dim=(2, 3), keepdim=True)
        scales: Tensor = self.fc2(self.fc1(means).relu()).sigmoid()
        return x * scales
