"""EfficientNet-B0: thin layers that are widened inside, with squeeze and excitation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from torch import Tensor, nn

from faceaudit.networks.base import FACEX_ZOO, FaceNetwork, Preprocessing, ScalableNetwork, networks
from faceaudit.networks.common.heads import facex_zoo_head
from faceaudit.networks.common.timm_body import FACEX_ZOO_WEIGHTS, TimmFace

STAGES = (
    "ds_r1_k3_s1_e1_c16_se0.25",
    "ir_r2_k3_s2_e6_c24_se0.25",
    "ir_r2_k5_s2_e6_c40_se0.25",
    "ir_r3_k3_s2_e6_c80_se0.25",
    "ir_r3_k5_s1_e6_c112_se0.25",
    "ir_r4_k5_s2_e6_c192_se0.25",
    "ir_r1_k3_s1_e6_c320_se0.25",
)
PLACES = [
    (stage, place)
    for stage, repeats in enumerate((1, 2, 2, 3, 3, 4, 1))
    for place in range(repeats)
]
"""The stage of each block, counted over all stages, and its place in it."""
STEM = 32
FEATURES = 1280
EPSILON = 1e-3

BLOCK = re.compile(r"_blocks\.(\d+)\.(\w+)\.(\w+)")
SQUEEZE = {"_se_reduce": "se.conv_reduce", "_se_expand": "se.conv_expand"}
FIRST = {
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
    **SQUEEZE,
}
REST = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
    **SQUEEZE,
}
ENDS = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2"}


@networks.register
class EfficientNetB0(ScalableNetwork):
    """FaceX-Zoo's EfficientNet-B0: BGR, 36.12 M parameters, 32 M of them in the last layer.

    FaceX-Zoo counts 37.41 M: it carries a classifier over 1,000 things that it never calls.
    """

    name = "efficientnet_b0"
    paper = (
        "Tan, Le 2019, EfficientNet, arXiv 1905.11946; as in FaceX-Zoo, Wang et al. 2021, arXiv "
        "2101.04407: the first convolution does not halve, a dense layer over the last map stands "
        "for mean and classifier, and the last halving is padded alike on all sides. Batch norms "
        "follow the data at PyTorch's pace, ten times that of both, for trainings that are short."
    )
    known_weights = FACEX_ZOO_WEIGHTS
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    parameters: ClassVar[int] = 36_124_284

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from timm.models._efficientnet_builder import decode_arch_def  # noqa: PLC0415 - slow to load
        from timm.models.efficientnet import EfficientNet  # noqa: PLC0415

        features = self.channels(FEATURES)
        decode: Any = decode_arch_def  # timm leaves it without types
        body: Any = EfficientNet(
            block_args=decode([[stage] for stage in STAGES]),
            num_classes=0,
            num_features=features,
            stem_size=STEM,
            round_chs_fn=self.channels,
            act_layer=nn.SiLU,
            norm_layer=partial(nn.BatchNorm2d, eps=EPSILON),
            pad_type="same",
            drop_path_rate=0.2,
        )
        body.conv_stem.stride = (1, 1)
        body.blocks[5][0].conv_dw = _padded_alike(body.blocks[5][0].conv_dw)
        height, width = (edge // self.input_multiple for edge in self.size)
        output_layer = facex_zoo_head(features, height, width, self.embedding)
        output_layer[1] = nn.Dropout(0.2)
        return TimmFace(body, output_layer)

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return a checkpoint of FaceX-Zoo under our names.

        `_fc`, the classifier over 1,000 things, goes under `head.`: nothing calls it.
        """
        return {_ours(name): tensor for name, tensor in tensors.items()}


def _padded_alike(conv: nn.Conv2d) -> nn.Conv2d:
    """Return `conv` with as much padding before as after.

    FaceX-Zoo works out every padding from the size of the photo as if the first convolution halved
    it. Where that gives the last halving an odd map, as at 112 x 112, it pads two on each side,
    where the even map that really comes needs one and two. The trained weights expect that.
    """
    channels = conv.in_channels
    alike = nn.Conv2d(channels, channels, 5, stride=2, padding=2, groups=channels, bias=False)
    alike.weight = conv.weight
    return alike


def _ours(name: str) -> str:
    block = BLOCK.fullmatch(name)
    if block and int(block[1]) < len(PLACES):
        stage, place = PLACES[int(block[1])]
        known, layer = REST if stage else FIRST, block[2]
        return f"body.blocks.{stage}.{place}.{known[layer]}.{block[3]}" if layer in known else name
    first, _, leaf = name.partition(".")
    if first == "_fc":
        return f"head.{name}"
    return f"body.{ENDS[first]}.{leaf}" if first in ENDS else name
