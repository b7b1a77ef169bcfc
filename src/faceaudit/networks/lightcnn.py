"""Light CNN: no rectifiers, the larger of two maps instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.facex_zoo import FACEX_ZOO_WEIGHTS
from faceaudit.networks.common.preprocessing import FACEX_ZOO, Preprocessing

if TYPE_CHECKING:
    from faceaudit.networks.common.face_network import FaceNetwork


@networks.register
class LightCNN29(ScalableNetwork):
    """FaceX-Zoo's LightCNN-29: BGR, 512 numbers an embedding, 11.60 M parameters."""

    name: ClassVar[str] = "lightcnn29"
    paper: ClassVar[str] = (
        "Wu, He, Sun, Tan 2018, A Light CNN for Deep Face Representation with Noisy Labels, arXiv "
        "1511.02683, version 2 of 29 layers; as in FaceX-Zoo, Wang et al. 2021, arXiv 2101.04407: "
        "three channels where the paper has grey photos, and a dense layer between batch norms "
        "to 512 where the paper has one to 256."
    )
    known_weights: ClassVar[str] = FACEX_ZOO_WEIGHTS
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    parameters: ClassVar[int] = 11_596_320

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from faceaudit.networks.modules.lightcnn import LightCNNModule  # noqa: PLC0415 - slow to load

        return LightCNNModule(self.channels, self.last_map, self.embedding)
