"""Layers of EfficientNet-B0: timm's body under FaceX-Zoo's end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from timm.models._efficientnet_builder import decode_arch_def
from timm.models.efficientnet import EfficientNet
from torch import nn

from faceaudit.networks.common.heads import facex_zoo_head
from faceaudit.networks.common.timm_body import TimmFace

STAGES = (
    "ds_r1_k3_s1_e1_c16_se0.25",
    "ir_r2_k3_s2_e6_c24_se0.25",
    "ir_r2_k5_s2_e6_c40_se0.25",
    "ir_r3_k3_s2_e6_c80_se0.25",
    "ir_r3_k5_s1_e6_c112_se0.25",
    "ir_r4_k5_s2_e6_c192_se0.25",
    "ir_r1_k3_s1_e6_c320_se0.25",
)
STEM = 32
FEATURES = 1280
EPSILON = 1e-3


def build_efficientnet(
    channels: Callable[[int], int], last_map: tuple[int, int], embedding: int
) -> TimmFace:
    """Return FaceX-Zoo's EfficientNet-B0.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        last_map: height and width of the last map.
        embedding: length of an embedding.
    """
    features = channels(FEATURES)
    decode: Any = decode_arch_def  # timm leaves it without types
    body: Any = EfficientNet(
        block_args=decode([[stage] for stage in STAGES]),
        num_classes=0,
        num_features=features,
        stem_size=STEM,
        round_chs_fn=channels,
        act_layer=nn.SiLU,
        norm_layer=partial(nn.BatchNorm2d, eps=EPSILON),
        pad_type="same",
        drop_path_rate=0.2,
    )
    body.conv_stem.stride = (1, 1)
    body.blocks[5][0].conv_dw = _pad_alike(body.blocks[5][0].conv_dw)
    return TimmFace(body, facex_zoo_head(features, last_map, embedding, dropout=0.2))


def _pad_alike(conv: nn.Conv2d) -> nn.Conv2d:
    """Return `conv` with as much padding before as after.

    FaceX-Zoo works out every padding from the size of the photo as if the first convolution halved
    it. Where that gives the last halving an odd map, as at 112 x 112, it pads two on each side,
    where the even map that really comes needs one and two. The trained weights expect that.
    """
    channels = conv.in_channels
    alike = nn.Conv2d(channels, channels, 5, stride=2, padding=2, groups=channels, bias=False)
    alike.weight = conv.weight
    return alike
