"""Residual networks of FaceX-Zoo, with and without squeeze and excitation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.facex_zoo import FACEX_ZOO_WEIGHTS
from faceaudit.networks.common.preprocessing import FACEX_ZOO, Preprocessing

if TYPE_CHECKING:
    from faceaudit.networks.common.face_network import FaceNetwork


class ResNetIR(ScalableNetwork):
    """Base class of both depths."""

    known_weights: ClassVar[str] = FACEX_ZOO_WEIGHTS
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    blocks: ClassVar[tuple[int, int, int, int]]
    excite: ClassVar[bool]
    parameters: ClassVar[int]

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from faceaudit.networks.modules.resnet_ir import ResNetIRModule  # noqa: PLC0415 - slow to load

        return ResNetIRModule(
            self.channels, self.blocks, self.last_map, self.embedding, excite=self.excite
        )


@networks.register
class ResNet50IR(ResNetIR):
    """FaceX-Zoo's ResNet50-ir: BGR, 43.58 M parameters."""

    name: ClassVar[str] = "resnet50_ir"
    paper: ClassVar[str] = (
        "Deng, Guo, Xue, Zafeiriou 2019, ArcFace, arXiv 1801.07698, after He et al. 2016, arXiv "
        "1512.03385; as in FaceX-Zoo, Wang et al. 2021, arXiv 2101.04407, which also brings the "
        "embedding to length 1, left to the comparison here."
    )
    blocks: ClassVar[tuple[int, int, int, int]] = (3, 4, 14, 3)
    excite: ClassVar[bool] = False
    parameters: ClassVar[int] = 43_574_976


@networks.register
class ResNet152IRSE(ResNetIR):
    """FaceX-Zoo's ResNet152-irse: BGR, squeeze and excitation, 71.15 M parameters."""

    name: ClassVar[str] = "resnet152_irse"
    paper: ClassVar[str] = (
        "Deng, Guo, Xue, Zafeiriou 2019, ArcFace, arXiv 1801.07698, with the blocks of Hu, Shen, "
        "Sun 2018, Squeeze-and-Excitation Networks, arXiv 1709.01507; as in FaceX-Zoo, Wang et "
        "al. 2021, arXiv 2101.04407, which also brings the embedding to length 1, left to the "
        "comparison here."
    )
    blocks: ClassVar[tuple[int, int, int, int]] = (3, 8, 36, 3)
    excite: ClassVar[bool] = True
    parameters: ClassVar[int] = 71_148_736
