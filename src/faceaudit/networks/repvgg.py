"""RepVGG: three branches a layer to train, one plain convolution a layer to run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn

from faceaudit.networks.base import FACEX_ZOO, FaceNetwork, Preprocessing, ScalableNetwork, networks
from faceaudit.networks.common.timm_body import FACEX_ZOO_WEIGHTS, TimmFace

PLACE = re.compile(r"stage(?:(0)|([1-4])\.(\d+))\.rbr_(dense|1x1|identity)\.")
BRANCHES = {"dense": "conv_kxk", "1x1": "conv_1x1", "identity": "identity"}
PAPER = (
    "Ding et al. 2021, RepVGG: Making VGG-style ConvNets Great Again, arXiv 2101.03697; as in "
    "FaceX-Zoo, Wang et al. 2021, arXiv 2101.04407: the first layer does not halve, and a dense "
    "layer over the last map between batch norms stands for mean and classifier."
)


class RepVGG(ScalableNetwork):
    """What the sizes share."""

    paper = PAPER
    known_weights = FACEX_ZOO_WEIGHTS
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    stem: ClassVar[int]
    stages: ClassVar[tuple[int, int, int, int]]
    blocks: ClassVar[tuple[int, int, int, int]]
    parameters: ClassVar[int]

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`; it can be `fused`."""
        from timm.models.byobnet import (  # noqa: PLC0415 - slow to load
            ByoBlockCfg,
            ByobNet,
            ByoModelCfg,
        )

        stages = [self.channels(count) for count in self.stages]
        plan = ByoModelCfg(
            blocks=tuple(
                ByoBlockCfg(type="rep", d=count, c=channels, s=2, gs=0)
                for count, channels in zip(self.blocks, stages, strict=True)
            ),
            stem_type="rep",
            stem_chs=self.channels(self.stem),
        )
        body: Any = ByobNet(plan, num_classes=0)
        for branch in (body.stem.conv_kxk, body.stem.conv_1x1):
            branch.conv.stride = (1, 1)
        height, width = (edge // self.input_multiple for edge in self.size)
        output_layer = nn.Sequential(
            nn.BatchNorm2d(stages[-1]),
            nn.Flatten(),
            nn.Linear(stages[-1] * height * width, self.embedding),
            nn.BatchNorm1d(self.embedding),
        )
        return RepVGGNetwork(body, output_layer)

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return a checkpoint of FaceX-Zoo, of training with its branches, under our names."""
        return {_ours(name): tensor for name, tensor in tensors.items()}


@networks.register
class RepVGGA0(RepVGG):
    """FaceX-Zoo's RepVGG-A0: BGR, 39.95 M parameters, 32 M of them in the last layer."""

    name = "repvgg_a0"
    stem: ClassVar[int] = 48
    stages: ClassVar[tuple[int, int, int, int]] = (48, 96, 192, 1280)
    blocks: ClassVar[tuple[int, int, int, int]] = (2, 4, 14, 1)
    parameters: ClassVar[int] = 39_944_704


@networks.register
class RepVGGB0(RepVGG):
    """FaceX-Zoo's RepVGG-B0: BGR, 46.65 M parameters, 32 M of them in the last layer."""

    name = "repvgg_b0"
    stem: ClassVar[int] = 64
    stages: ClassVar[tuple[int, int, int, int]] = (64, 128, 256, 1280)
    blocks: ClassVar[tuple[int, int, int, int]] = (4, 6, 16, 1)
    parameters: ClassVar[int] = 46_653_696


@networks.register
class RepVGGB1(RepVGG):
    """FaceX-Zoo's RepVGG-B1: BGR, 106.75 M parameters, 51 M of them in the last layer."""

    name = "repvgg_b1"
    stem: ClassVar[int] = 64
    stages: ClassVar[tuple[int, int, int, int]] = (128, 256, 512, 2048)
    blocks: ClassVar[tuple[int, int, int, int]] = (4, 6, 16, 1)
    parameters: ClassVar[int] = 106_751_872


class RepVGGNetwork(TimmFace):
    """A RepVGG that can shed its branches."""

    def fused(self) -> RepVGGNetwork:
        """Return a copy of one plain 3x3 convolution a layer, the same function when not trained.

        For use alone: the copy is in evaluation mode, and its weights are no longer those of a
        checkpoint.
        """
        from timm.utils.model import reparameterize_model  # noqa: PLC0415 - slow to load

        with torch.no_grad():
            plain = cast(RepVGGNetwork, reparameterize_model(self).eval())
        for layer in plain.modules():
            # timm leaves the identity it spelt as a convolution behind, as large as the weights.
            layer.__dict__.pop("id_tensor", None)
        return plain


def _ours(name: str) -> str:
    place = PLACE.match(name)
    if not place:
        return name
    where = "stem" if place[1] else f"stages.{int(place[2]) - 1}.{place[3]}"
    return f"body.{where}.{BRANCHES[place[4]]}.{name[place.end() :]}"
