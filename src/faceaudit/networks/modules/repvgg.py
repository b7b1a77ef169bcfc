"""Layers of RepVGG: timm's body under FaceX-Zoo's end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from timm.models.byobnet import ByoBlockCfg, ByobNet, ByoModelCfg
from timm.utils.model import reparameterize_model
from torch import nn

from faceaudit.networks.common.timm_body import TimmFace


def build_repvgg(
    channels: Callable[[int], int],
    stem: int,
    stages: Sequence[int],
    blocks: Sequence[int],
    last_map: tuple[int, int],
    embedding: int,
) -> RepVGGModule:
    """Return FaceX-Zoo's RepVGG.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        stem: channels of the first layer.
        stages: channels of each stage.
        blocks: layers of each stage.
        last_map: height and width of the last map.
        embedding: length of an embedding.
    """
    scaled = [channels(count) for count in stages]
    plan = ByoModelCfg(
        blocks=tuple(
            ByoBlockCfg(type="rep", d=count, c=outputs, s=2, gs=0)
            for count, outputs in zip(blocks, scaled, strict=True)
        ),
        stem_type="rep",
        stem_chs=channels(stem),
    )
    body: Any = ByobNet(plan, num_classes=0)
    for branch in (body.stem.conv_kxk, body.stem.conv_1x1):
        branch.conv.stride = (1, 1)
    output_layer = nn.Sequential(
        nn.BatchNorm2d(scaled[-1]),
        nn.Flatten(),
        nn.Linear(scaled[-1] * last_map[0] * last_map[1], embedding),
        nn.BatchNorm1d(embedding),
    )
    return RepVGGModule(body, output_layer)


class RepVGGModule(TimmFace):
    """A RepVGG that can shed its branches."""

    def fused(self) -> RepVGGModule:
        """Return a copy of one plain 3x3 convolution a layer, the same function when not trained.

        For use alone: the copy is in evaluation mode, and its weights are no longer those of a
        checkpoint.
        """
        with torch.no_grad():
            plain = cast(RepVGGModule, reparameterize_model(self).eval())
        for layer in plain.modules():
            # timm leaves the identity it spelt as a convolution behind, as large as the weights.
            layer.__dict__.pop("id_tensor", None)
        return plain
