"""Residual networks of FaceX-Zoo, with and without squeeze and excitation."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from faceaudit.networks.base import FACEX_ZOO, FaceNetwork, Preprocessing, ScalableNetwork, networks
from faceaudit.networks.common.heads import facex_zoo_head
from faceaudit.networks.common.residual import conv_unit, kaiming

STAGES = (64, 128, 256, 512)
SQUEEZE = 16


class ResNetIR(ScalableNetwork):
    """What the two depths share."""

    known_weights = (
        "FaceX-Zoo, trained on MS-Celeb-1M-v1c; the code is Apache-2.0, of the weights no licence "
        "is stated"
    )
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    blocks: ClassVar[tuple[int, int, int, int]]
    excite: ClassVar[bool]
    parameters: ClassVar[int]

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        stages = [self.channels(count) for count in STAGES]
        height, width = (edge // self.input_multiple for edge in self.size)
        head = facex_zoo_head(stages[-1], height, width, self.embedding)
        return _ResNetIR(stages, self.blocks, head, excite=self.excite)


@networks.register
class ResNet50IR(ResNetIR):
    """FaceX-Zoo's ResNet50-ir: BGR, 43.58 M parameters."""

    name = "resnet50_ir"
    paper = (
        "Deng, Guo, Xue, Zafeiriou 2019, ArcFace, arXiv 1801.07698, after He et al. 2016, arXiv "
        "1512.03385; as in FaceX-Zoo, Wang et al. 2021, arXiv 2101.04407, which also brings the "
        "embedding to length 1, left to the comparison here."
    )
    blocks: ClassVar[tuple[int, int, int, int]] = (3, 4, 14, 3)
    excite: ClassVar[bool] = False
    parameters: ClassVar[int] = 43_574_976


@networks.register
class ResNet152IRSE(ResNetIR):
    """FaceX-Zoo's ResNet152-irse: BGR, squeeze and excitation, 71.15 M parameters."""

    name = "resnet152_irse"
    paper = (
        "Deng, Guo, Xue, Zafeiriou 2019, ArcFace, arXiv 1801.07698, with the blocks of Hu, Shen, "
        "Sun 2018, Squeeze-and-Excitation Networks, arXiv 1709.01507; as in FaceX-Zoo, Wang et "
        "al. 2021, arXiv 2101.04407, which also brings the embedding to length 1, left to the "
        "comparison here."
    )
    blocks: ClassVar[tuple[int, int, int, int]] = (3, 8, 36, 3)
    excite: ClassVar[bool] = True
    parameters: ClassVar[int] = 71_148_736


class _ResNetIR(FaceNetwork):
    def __init__(
        self, stages: list[int], blocks: tuple[int, ...], head: nn.Sequential, *, excite: bool
    ) -> None:
        super().__init__()
        inputs = stages[0]
        self.input_layer = nn.Sequential(*conv_unit(3, inputs, 3, padding=1))
        body: list[nn.Module] = []
        for place, (outputs, count) in enumerate(zip(stages, blocks, strict=True)):
            # Only the first stage keeps its channels; asking whether the scaled counts happen to
            # be equal would change the layers of a narrow network.
            body.append(_Block(inputs, outputs, stride=2, project=place > 0, excite=excite))
            rest = (
                _Block(outputs, outputs, stride=1, project=False, excite=excite)
                for _ in range(count - 1)
            )
            body.extend(rest)
            inputs = outputs
        self.body = nn.Sequential(*body)
        self.output_layer = head
        kaiming(self)

    def encode(self, images: Tensor) -> Tensor:
        """Return (N, embedding_size), not normalised."""
        embeddings: Tensor = self.output_layer(self.body(self.input_layer(images)))
        return embeddings


class _Block(nn.Module):
    """Batch norm, 3x3, PReLU, 3x3 with the stride, batch norm; plus a short cut.

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
    """Scale every channel by what the means of all channels say."""

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
