"""Layers of Swin Transformers: timm's body under FaceX-Zoo's end."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import timm
from torch import nn

from faceaudit.networks.common.timm_body import TimmFace

EMBED = 96
HEADS = 12
"""The 96 channels go to 3 heads, and so on; multiples of 12 keep every head's share even."""
SCALE = 8
"""Factor by which the later three stages multiply the channels and divide the map."""


def build_swin(
    timm_name: str,
    channels: Callable[[int, int], int],
    *,
    size: tuple[int, int],
    patch: int,
    drop_path: float,
    embedding: int,
) -> TimmFace:
    """Return FaceX-Zoo's Swin.

    Args:
        timm_name: of the depth, in timm.
        channels: scales a number of channels to a multiple, as `ScalableNetwork.channels` does.
        size: height and width of the photos, in pixels.
        patch: edge of a patch, in pixels.
        drop_path: share of residual branches left out while training.
        embedding: length of an embedding.
    """
    embed = channels(EMBED, HEADS)
    body: Any = timm.create_model(
        timm_name,
        pretrained=False,
        num_classes=0,
        img_size=size,
        patch_size=patch,
        embed_dim=embed,
        drop_path_rate=drop_path,
    )
    # FaceX-Zoo has the last norm in the end; it stands there under its name in checkpoints.
    body.norm = nn.Identity()
    features = embed * SCALE
    height, width = (math.ceil(edge / patch / SCALE) for edge in size)
    dense = nn.Linear(features * height * width, embedding)
    nn.init.trunc_normal_(dense.weight, std=0.02)
    nn.init.zeros_(dense.bias)
    output_layer = nn.Sequential(
        nn.LayerNorm(features), nn.Flatten(), dense, nn.BatchNorm1d(embedding)
    )
    return TimmFace(body, output_layer)
