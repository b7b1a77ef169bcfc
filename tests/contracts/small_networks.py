"""Every network at the smallest size at which it still has all of its parts."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch

from faceaudit.networks import Network, networks
from faceaudit.networks.common.face_network import FaceNetwork

# The smallest sizes at which each still has every part of itself.
SMALL: dict[str, dict[str, Any]] = {
    "deepid": {"width": 0.2},
    "deepface": {"width": 0.125, "input_size": [76, 76]},
    "vggface": {"width": 0.0625, "input_size": [64, 64]},
    "edgeface": {"width": 0.25, "input_size": [64, 64]},
    "swin_t": {"width": 0.25, "input_size": [112, 112], "patch": 2},
    "swin_s": {"width": 0.25, "input_size": [112, 112], "patch": 2},
    "hrnet": {"width": 0.25, "input_size": [64, 64]},
}
NAMES = [name for name in networks.names() if name != "onnx"]  # its file is its network


def small(name: str) -> Network:
    options = SMALL.get(name, {"width": 0.125, "input_size": [64, 64]})
    return networks.build({"network": name, **options})


def built(name: str) -> FaceNetwork:
    torch.manual_seed(0)
    return small(name).build()


@cache
def kept(name: str) -> FaceNetwork:
    """Return a network that is built once for all tests that only look at it."""
    return built(name).eval()


def photos(module: FaceNetwork, count: int = 4) -> torch.Tensor:
    height, width = module.input_size
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.integers(0, 256, (count, height, width, 3), dtype=np.uint8))


@cache
def settled(name: str) -> FaceNetwork:
    """Return a network whose batch norms have seen photos: without, numbers grow from layer to
    layer, and rounding with them.

    Built once for all tests, which only look at it and run it.
    """
    module = built(name).train()
    norms = [
        one for one in module.modules() if isinstance(one, torch.nn.modules.batchnorm._BatchNorm)
    ]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        module(module.prepare(photos(module, 8)))
    return module.eval()
