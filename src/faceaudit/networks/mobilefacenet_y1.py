"""MobileFaceNet as insightface's MXNet code has it: "y1"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.preprocessing import INSIGHTFACE_128, Preprocessing

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from faceaudit.networks.common.face_network import FaceNetwork
else:
    torch = deferred("torch")

UNITS = {
    "conv_1": "conv1",
    "conv_2_dw": "conv2_dw",
    "conv_6sep": "conv_6_sep",
    "conv_6dw7_7": "conv_6_dw",
}
BOTTLENECK = {"sep": "conv", "dw": "conv_dw", "proj": "project"}
TENSORS = {
    "conv2d_weight": "conv.weight",
    "batchnorm_gamma": "bn.weight",
    "batchnorm_beta": "bn.bias",
    "batchnorm_moving_mean": "bn.running_mean",
    "batchnorm_moving_var": "bn.running_var",
    "relu_gamma": "prelu.weight",
}
END = {
    "fc1_weight": "linear.weight",
    "pre_fc1_bias": "linear.bias",
    "fc1_gamma": "bn.weight",
    "fc1_beta": "bn.bias",
    "fc1_moving_mean": "bn.running_mean",
    "fc1_moving_var": "bn.running_var",
    "fc7_weight": "head.weight",
}
MXNET = re.compile(r"(?:arg|aux)[/:](.+)")
IN_UNIT = re.compile(rf"(.+)_({'|'.join(TENSORS)})")
IN_BOTTLENECK = re.compile(r"(?:dconv_(\d\d)|res_(\d)_block(\d+))_conv_(sep|dw|proj)")


@networks.register
class MobileFaceNetY1(ScalableNetwork):
    """insightface's MobileFaceNet "y1": 128 numbers an embedding, 1.00 M parameters."""

    name: ClassVar[str] = "mobilefacenet_y1"
    paper: ClassVar[str] = (
        "Chen, Liu, Gao, Han 2018, MobileFaceNets, arXiv 1804.07573; as in insightface's MXNet "
        "code: batch norms add 1e-3 to a variance, and the embedding comes from a dense layer "
        "and a batch norm of fixed scale, where the paper has a 1x1 convolution."
    )
    known_weights: ClassVar[str] = "insightface's y1, trained on MS1M; non-commercial research only"
    default_preprocessing: ClassVar[Preprocessing] = INSIGHTFACE_128
    parameters: ClassVar[int] = 1_003_264

    embedding: int = Field(128, ge=1, description="length of an embedding")

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from faceaudit.networks.modules.mobilefacenet_y1 import build_y1  # noqa: PLC0415 - slow to load

        return build_y1(self.channels, self.last_map, self.embedding)

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return MXNet's tensors (`arg/...`, `aux/...`) under the names of the built network.

        MXNet takes the embedding's scale as 1 whatever the file says, and does not count batches:
        the scale becomes 1 and the counts 0. What is not MXNet's keeps its name.
        """
        renamed: dict[str, Tensor] = {}
        for name, tensor in tensors.items():
            ours = _our_key(name)
            renamed[ours] = tensor
            if ours == name:
                continue
            if ours == "bn.weight":
                renamed[ours] = torch.ones_like(tensor)
            if ours.endswith("running_var"):
                counter = ours.replace("running_var", "num_batches_tracked")
                renamed[counter] = torch.tensor(0)
        return renamed


def _our_key(name: str) -> str:
    mxnet = MXNET.fullmatch(name)
    if mxnet is None:
        return name
    if mxnet[1] in END:
        return END[mxnet[1]]
    unit = IN_UNIT.fullmatch(mxnet[1])
    if unit is None:
        return name
    if unit[1] in UNITS:
        return f"{UNITS[unit[1]]}.{TENSORS[unit[2]]}"
    inside = IN_BOTTLENECK.fullmatch(unit[1])
    if inside is None:
        return name
    down, stage, block, part = inside.groups()
    place = f"conv_{down}" if down else f"conv_{stage}.model.{block}"
    return f"{place}.{BOTTLENECK[part]}.{TENSORS[unit[2]]}"
