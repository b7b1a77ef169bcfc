"""MobileFaceNet as insightface's PyTorch code has it: `mbf`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.preprocessing import INSIGHTFACE, Preprocessing

if TYPE_CHECKING:
    from faceaudit.networks.common.face_network import FaceNetwork


@networks.register
class MobileFaceNet(ScalableNetwork):
    """insightface's `mbf`: 512 numbers an embedding, 2.06 M parameters."""

    name: ClassVar[str] = "mobilefacenet"
    paper: ClassVar[str] = (
        "Chen, Liu, Gao, Han 2018, MobileFaceNets, arXiv 1804.07573. As in insightface's `mbf`: "
        "twice the paper's channels between the bottlenecks but not inside them, two channels a "
        "group in the second convolution, and 512 numbers an embedding, which a batch norm ends."
    )
    known_weights: ClassVar[str] = (
        "insightface, trained on MS1MV3, Glint360K or WebFace600K; non-commercial research only"
    )
    default_preprocessing: ClassVar[Preprocessing] = INSIGHTFACE
    parameters: ClassVar[int] = 2_059_520

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from faceaudit.networks.modules.mobilefacenet import MobileFaceNetModule  # noqa: PLC0415 - slow to load

        return MobileFaceNetModule(self.channels, self.last_map, self.embedding)
