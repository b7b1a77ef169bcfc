"""Layers of HRNet-W18: timm's body under FaceX-Zoo's end."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from timm.models.hrnet import HighResolutionNet
from timm.models.resnet import Bottleneck
from torch import nn

from faceaudit.networks.common.timm_body import TimmFace

STEM = 64
BRANCHES = (18, 36, 72, 144)
NECKS = (32, 64, 128, 256)
FEATURES = 2048
EXPANSION = 4


def build_hrnet(
    channels: Callable[[int], int], last_map: tuple[int, int], embedding: int
) -> TimmFace:
    """Return FaceX-Zoo's HRNet-W18.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        last_map: height and width of the last map.
        embedding: length of an embedding.
    """
    branches = [channels(count) for count in BRANCHES]
    body: Any = HighResolutionNet(
        _describe_layers(channels(STEM), branches), num_classes=0, head=""
    )
    body.conv2.stride = (1, 1)
    features = channels(FEATURES)
    # timm's own neck has one width only.
    _add_neck(body, branches, [channels(count) for count in NECKS], features)
    body.init_weights()
    output_layer = nn.Sequential(
        nn.Flatten(),
        nn.Linear(features * last_map[0] * last_map[1], embedding, bias=False),
        nn.BatchNorm1d(embedding),
    )
    return TimmFace(body, output_layer)


def _describe_layers(stem: int, branches: Sequence[int]) -> dict[str, Any]:
    """Return timm's description of W18's layers."""

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
    """Give `body` the layers that join the four resolutions into one map of `features` channels."""
    widths = [EXPANSION * neck for neck in necks]
    body.incre_modules = nn.ModuleList(
        nn.Sequential(
            Bottleneck(branch, neck, downsample=_build_shortcut(branch, EXPANSION * neck))
        )
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


def _build_shortcut(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
