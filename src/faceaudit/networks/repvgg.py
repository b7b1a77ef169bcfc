"""RepVGG: three branches a layer to train, one plain convolution a layer to run."""

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

PLACE = re.compile(r"stage(?:(0)|([1-4])\.(\d+))\.rbr_(dense|1x1|identity)\.")
BRANCHES = {"dense": "conv_kxk", "1x1": "conv_1x1", "identity": "identity"}
PAPER = (
    "Ding et al. 2021, RepVGG: Making VGG-style ConvNets Great Again, arXiv 2101.03697; as in "
    "FaceX-Zoo, Wang et al. 2021, arXiv 2101.04407: the first layer does not halve, and a dense "
    "layer over the last map between batch norms stands for mean and classifier."
)


class RepVGG(ScalableNetwork):
    """Base class of the three sizes."""

    paper: ClassVar[str] = PAPER
    known_weights: ClassVar[str] = FACEX_ZOO_WEIGHTS
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    stem: ClassVar[int]
    stages: ClassVar[tuple[int, int, int, int]]
    blocks: ClassVar[tuple[int, int, int, int]]
    parameters: ClassVar[int]

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`; it can be `fused`."""
        from faceaudit.networks.modules.repvgg import build_repvgg  # noqa: PLC0415 - slow to load

        return build_repvgg(
            self.channels, self.stem, self.stages, self.blocks, self.last_map, self.embedding
        )

    def convert_checkpoint(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return a checkpoint of FaceX-Zoo, of training with its branches, under our names."""
        return {_our_key(name): tensor for name, tensor in tensors.items()}


@networks.register
class RepVGGA0(RepVGG):
    """FaceX-Zoo's RepVGG-A0: BGR, 39.95 M parameters, 32 M of them in the last layer."""

    name: ClassVar[str] = "repvgg_a0"
    stem: ClassVar[int] = 48
    stages: ClassVar[tuple[int, int, int, int]] = (48, 96, 192, 1280)
    blocks: ClassVar[tuple[int, int, int, int]] = (2, 4, 14, 1)
    parameters: ClassVar[int] = 39_944_704


@networks.register
class RepVGGB0(RepVGG):
    """FaceX-Zoo's RepVGG-B0: BGR, 46.65 M parameters, 32 M of them in the last layer."""

    name: ClassVar[str] = "repvgg_b0"
    stem: ClassVar[int] = 64
    stages: ClassVar[tuple[int, int, int, int]] = (64, 128, 256, 1280)
    blocks: ClassVar[tuple[int, int, int, int]] = (4, 6, 16, 1)
    parameters: ClassVar[int] = 46_653_696


@networks.register
class RepVGGB1(RepVGG):
    """FaceX-Zoo's RepVGG-B1: BGR, 106.75 M parameters, 51 M of them in the last layer."""

    name: ClassVar[str] = "repvgg_b1"
    stem: ClassVar[int] = 64
    stages: ClassVar[tuple[int, int, int, int]] = (128, 256, 512, 2048)
    blocks: ClassVar[tuple[int, int, int, int]] = (4, 6, 16, 1)
    parameters: ClassVar[int] = 106_751_872


def _our_key(name: str) -> str:
    place = PLACE.match(name)
    if not place:
        return name
    where = "stem" if place[1] else f"stages.{int(place[2]) - 1}.{place[3]}"
    return f"body.{where}.{BRANCHES[place[4]]}.{name[place.end() :]}"
