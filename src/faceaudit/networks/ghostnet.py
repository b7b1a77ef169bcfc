"""GhostNet: half of every map is convolved, the other half is derived from it cheaply."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.preprocessing import FACEX_ZOO, Preprocessing

if TYPE_CHECKING:
    from faceaudit.networks.common.face_network import FaceNetwork


@networks.register
class GhostNet(ScalableNetwork):
    """GhostNet 1.0: few multiplications; most of its parameters are in the last dense layer."""

    name: ClassVar[str] = "ghostnet"
    paper: ClassVar[str] = (
        "Han et al. 2020, GhostNet: More Features from Cheap Operations, arXiv 1911.11907; the "
        "layers are those of FaceX-Zoo (Wang et al. 2021, arXiv 2101.04407): a stem of stride 1 "
        "and one dense layer over the whole map. FaceX-Zoo scales embeddings to length 1, which is "
        "left to the comparison here."
    )
    known_weights: ClassVar[str] = (
        "FaceX-Zoo's GhostNet, trained on MS-Celeb-1M-v1c (LFW 99.65 %, as published); repository "
        "under Apache-2.0, the data for research only"
    )
    parameters: ClassVar[int] = 26_759_364
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO

    def module(self) -> FaceNetwork:
        """Return the network; `width` scales channels to a multiple of 4, as in the paper."""
        from faceaudit.networks.modules.ghostnet import GhostNetModule  # noqa: PLC0415 - slow to load

        return GhostNetModule(partial(self.channels, multiple=4), self.last_map, self.embedding)
