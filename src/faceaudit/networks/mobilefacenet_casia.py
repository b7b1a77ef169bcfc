"""MobileFaceNet trained on CASIA-WebFace: taller than wide."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.preprocessing import INSIGHTFACE_128, Preprocessing

if TYPE_CHECKING:
    from faceaudit.networks.common.face_network import FaceNetwork


@networks.register
class MobileFaceNetCasia(ScalableNetwork):
    """The CASIA MobileFaceNet: 112 high, 96 wide, 128 numbers an embedding, 1.00 M parameters."""

    name: ClassVar[str] = "mobilefacenet_casia"
    paper: ClassVar[str] = (
        "Chen, Liu, Gao, Han 2018, MobileFaceNets, arXiv 1804.07573; as in Xiaoccer's PyTorch "
        "code. That code takes 112 x 112 too and then gives two embeddings in a row, which is "
        "refused here."
    )
    known_weights: ClassVar[str] = (
        "Xiaoccer/MobileFaceNet_Pytorch, trained on CASIA-WebFace; no licence stated"
    )
    default_input_size: ClassVar[tuple[int, int]] = (112, 96)
    default_preprocessing: ClassVar[Preprocessing] = INSIGHTFACE_128
    parameters: ClassVar[int] = 999_552

    embedding: int = Field(128, ge=1, description="length of an embedding")

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from faceaudit.networks.modules.mobilefacenet_casia import MobileFaceNetCasiaModule  # noqa: PLC0415 - slow to load

        return MobileFaceNetCasiaModule(self.channels, self.last_map, self.embedding)
