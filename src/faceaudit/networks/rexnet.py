"""ReXNet: every block is a little wider than the one before, so that no layer loses rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.preprocessing import FACEX_ZOO, Preprocessing

if TYPE_CHECKING:
    from faceaudit.networks.common.face_network import FaceNetwork


@networks.register
class ReXNet(ScalableNetwork):
    """ReXNet-1.0: 16 inverted bottlenecks whose width grows by a straight line."""

    name: ClassVar[str] = "rexnet"
    paper: ClassVar[str] = (
        "Han et al. 2020, Rethinking Channel Dimensions for Efficient Model Design, arXiv "
        "2007.00992 (ReXNet); the layers are those of FaceX-Zoo (Wang et al. 2021, arXiv "
        "2101.04407): a stem of stride 1, no squeeze and excitation, 512 channels at the end "
        "instead of 1280, and one dense layer over the whole map."
    )
    known_weights: ClassVar[str] = (
        "FaceX-Zoo's ReXNet_1.0, trained on MS-Celeb-1M-v1c (LFW 99.65 %, as published); "
        "repository under Apache-2.0, the data for research only"
    )
    parameters: ClassVar[int] = 15_197_128
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from faceaudit.networks.modules.rexnet import ReXNetModule  # noqa: PLC0415 - slow to load

        return ReXNetModule(self.channels, self.last_map, self.embedding)
