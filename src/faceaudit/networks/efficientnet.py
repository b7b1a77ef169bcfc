"""EfficientNet-B0: inverted bottlenecks with squeeze and excitation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.facex_zoo import FACEX_ZOO_WEIGHTS
from faceaudit.networks.common.preprocessing import FACEX_ZOO, Preprocessing

if TYPE_CHECKING:
    from torch import Tensor

    from faceaudit.networks.common.face_network import FaceNetwork

BLOCKS = [
    (stage, number)
    for stage, repeats in enumerate((1, 2, 2, 3, 3, 4, 1))
    for number in range(repeats)
]
"""The stage of each block, counted over all stages, and its number in it."""

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

    name: ClassVar[str] = "efficientnet_b0"
    paper: ClassVar[str] = (
        "Tan, Le 2019, EfficientNet, arXiv 1905.11946; as in FaceX-Zoo, Wang et al. 2021, arXiv "
        "2101.04407: the first convolution does not halve, a dense layer over the last map stands "
        "for mean and classifier, and the last halving is padded alike on all sides. Batch-norm "
        "momentum is PyTorch's 0.1, ten times the papers', because our trainings are short."
    )
    known_weights: ClassVar[str] = FACEX_ZOO_WEIGHTS
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    parameters: ClassVar[int] = 36_124_284

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from faceaudit.networks.modules.efficientnet import build_efficientnet  # noqa: PLC0415 - slow to load

        return build_efficientnet(self.channels, self.last_map, self.embedding)

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return a checkpoint of FaceX-Zoo under our names.

        `_fc`, the classifier over 1,000 things, goes under `head.`: nothing calls it.
        """
        return {_our_key(name): tensor for name, tensor in tensors.items()}


def _our_key(name: str) -> str:
    block = BLOCK.fullmatch(name)
    if block and int(block[1]) < len(BLOCKS):
        stage, number = BLOCKS[int(block[1])]
        known, layer = REST if stage else FIRST, block[2]
        return f"body.blocks.{stage}.{number}.{known[layer]}.{block[3]}" if layer in known else name
    first, _, leaf = name.partition(".")
    if first == "_fc":
        return f"head.{name}"
    return f"body.{ENDS[first]}.{leaf}" if first in ENDS else name
