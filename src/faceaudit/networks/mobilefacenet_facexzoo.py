"""MobileFaceNet as FaceX-Zoo has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.facex_zoo import FACEX_ZOO_WEIGHTS
from faceaudit.networks.common.preprocessing import FACEX_ZOO, Preprocessing

if TYPE_CHECKING:
    from faceaudit.networks.common.face_network import FaceNetwork


@networks.register
class MobileFaceNetFaceXZoo(ScalableNetwork):
    """FaceX-Zoo's MobileFaceNet: BGR, 512 numbers an embedding, 1.20 M parameters."""

    name: ClassVar[str] = "mobilefacenet_facexzoo"
    paper: ClassVar[str] = (
        "Chen, Liu, Gao, Han 2018, MobileFaceNets, arXiv 1804.07573; as in FaceX-Zoo, Wang et al. "
        "2021, arXiv 2101.04407: 512 numbers an embedding from a dense layer and a batch norm, "
        "where the paper has 128."
    )
    known_weights: ClassVar[str] = FACEX_ZOO_WEIGHTS
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    parameters: ClassVar[int] = 1_200_512

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from faceaudit.networks.modules.mobilefacenet_facexzoo import build_facexzoo  # noqa: PLC0415 - slow to load

        return build_facexzoo(self.channels, self.last_map, self.embedding)
