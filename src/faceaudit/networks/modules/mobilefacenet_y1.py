"""Layers of insightface's MobileFaceNet "y1", under the names of FaceX-Zoo's layers."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from faceaudit.networks.common.residual import fixed_scale
from faceaudit.networks.modules.mobilefacenet_facexzoo import MobileFaceNetLayers


def build_y1(
    channels: Callable[[int], int], last_map: tuple[int, int], embedding: int
) -> MobileFaceNetLayers:
    """Return y1: a dense layer with bias, then a batch norm of fixed scale.

    Args:
        channels: scales a number of channels, as `ScalableNetwork.channels` does.
        last_map: height and width of the last map.
        embedding: length of an embedding.
    """
    return MobileFaceNetLayers(
        channels,
        last_map=last_map,
        linear=nn.Linear(channels(512), embedding),
        bn=fixed_scale(embedding, eps=2e-5),
        eps=1e-3,
    )
