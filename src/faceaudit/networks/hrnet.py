"""HRNet: four resolutions side by side, from the first layers to the last."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from faceaudit.networks.base import FACEX_ZOO, FaceNetwork, Preprocessing, ScalableNetwork, networks
from faceaudit.networks.common.timm_body import FACEX_ZOO_WEIGHTS, TimmFace

STEM = 64
BRANCHES = (18, 36, 72, 144)
NECKS = (32, 64, 128, 256)
FEATURES = 2048
EXPANSION = 4

BODY = re.compile(
    r"(?:conv|bn|layer|transition|stage)\d\.|(?:incre_modules|downsamp_modules|final_layer)\."
)


@networks.register
class HRNet(ScalableNetwork):
    """FaceX-Zoo's HRNet-W18: BGR, four resolutions at once, 70.63 M parameters.

    `width` leaves the 64 channels between the second and the third convolution.
    """

    name = "hrnet"
    paper = (
        "Wang et al. 2019, Deep High-Resolution Representation Learning for Visual Recognition, "
        "arXiv 1908.07919, W18 with its classification neck; as in FaceX-Zoo, Wang et al. 2021, "
        "arXiv 2101.04407: the second convolution does not halve, and a dense layer over the last "
        "map stands for mean and classifier."
    )
    known_weights = FACEX_ZOO_WEIGHTS
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    parameters: ClassVar[int] = 70_631_252

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from timm.models.hrnet import HighResolutionNet  # noqa: PLC0415 - slow to load

        branches = [self.channels(count) for count in BRANCHES]
        stem = self.channels(STEM)
        body: Any = HighResolutionNet(_plan(stem, branches), num_classes=0, head="")
        body.conv2.stride = (1, 1)
        features = self.channels(FEATURES)
        # timm's own neck has one width only.
        _add_neck(body, branches, [self.channels(count) for count in NECKS], features)
        body.init_weights()
        height, width = (edge // self.input_multiple for edge in self.size)
        output_layer = nn.Sequential(
            nn.Flatten(),
            nn.Linear(features * height * width, self.embedding, bias=False),
            nn.BatchNorm1d(self.embedding),
        )
        return TimmFace(body, output_layer)

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return a checkpoint of FaceX-Zoo under our names: timm has the same below `body.`."""
        return {
            f"body.{name}" if BODY.match(name) else name: tensor for name, tensor in tensors.items()
        }


def _plan(stem: int, branches: Sequence[int]) -> dict[str, Any]:
    """Return W18's layers the way timm takes them."""

    def stage(modules: int, channels: Sequence[int], block: str = "BASIC") -> dict[str, Any]:
        return {
            "num_modules": modules,
            "num_branches": len(channels),
            "block_type": block,
            "num_blocks": (4,) * len(channels),
            "num_channels": tuple(channels),
            "fuse_method": "SUM",
        }

    return {
        "stem_width": stem,
        "stage1": stage(1, [stem], "BOTTLENECK"),
        "stage2": stage(1, branches[:2]),
        "stage3": stage(4, branches[:3]),
        "stage4": stage(3, branches),
    }


def _add_neck(body: Any, branches: Sequence[int], necks: Sequence[int], features: int) -> None:
    """Give `body` what joins the four resolutions into one map of `features` channels."""
    from timm.models.resnet import Bottleneck  # noqa: PLC0415

    widths = [EXPANSION * neck for neck in necks]
    body.incre_modules = nn.ModuleList(
        nn.Sequential(Bottleneck(branch, neck, downsample=_shortcut(branch, EXPANSION * neck)))
        for branch, neck in zip(branches, necks, strict=True)
    )
    body.downsamp_modules = nn.ModuleList(
        nn.Sequential(
            nn.Conv2d(finer, coarser, 3, stride=2, padding=1),
            nn.BatchNorm2d(coarser),
            nn.ReLU(inplace=True),
        )
        for finer, coarser in itertools.pairwise(widths)
    )
    body.final_layer = nn.Sequential(
        nn.Conv2d(widths[-1], features, 1), nn.BatchNorm2d(features), nn.ReLU(inplace=True)
    )


def _shortcut(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
