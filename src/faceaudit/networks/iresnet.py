"""IResNet: the residual networks of ArcFace, as insightface builds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.preprocessing import INSIGHTFACE, Preprocessing

if TYPE_CHECKING:
    from faceaudit.networks.common.face_network import FaceNetwork


class IResNet(ScalableNetwork):
    """Base class of the four depths."""

    paper: ClassVar[str] = (
        "Deng, Guo, Xue, Zafeiriou 2019, ArcFace, arXiv 1801.07698, after He et al. 2016, Deep "
        "Residual Learning, arXiv 1512.03385. As in insightface's code: the stride is on a "
        "block's second convolution, the embedding's batch norm has a fixed scale, and nothing "
        "is dropped before the dense layer, where the paper has dropout."
    )
    known_weights: ClassVar[str] = (
        "insightface, bare state dicts trained on MS1MV2, MS1MV3 or Glint360K; non-commercial "
        "research only"
    )
    default_preprocessing: ClassVar[Preprocessing] = INSIGHTFACE
    blocks: ClassVar[tuple[int, int, int, int]]
    parameters: ClassVar[int]

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from faceaudit.networks.modules.iresnet import IResNetModule  # noqa: PLC0415 - slow to load

        return IResNetModule(self.channels, self.blocks, self.last_map, self.embedding)


@networks.register
class IResNet18(IResNet):
    """ArcFace's residual network with 2, 2, 2, 2 blocks: 24.03 M parameters."""

    name: ClassVar[str] = "iresnet18"
    blocks: ClassVar[tuple[int, int, int, int]] = (2, 2, 2, 2)
    parameters: ClassVar[int] = 24_025_600


@networks.register
class IResNet34(IResNet):
    """ArcFace's residual network with 3, 4, 6, 3 blocks: 34.14 M parameters."""

    name: ClassVar[str] = "iresnet34"
    blocks: ClassVar[tuple[int, int, int, int]] = (3, 4, 6, 3)
    parameters: ClassVar[int] = 34_139_328


@networks.register
class IResNet50(IResNet):
    """ArcFace's residual network with 3, 4, 14, 3 blocks: 43.59 M parameters."""

    name: ClassVar[str] = "iresnet50"
    blocks: ClassVar[tuple[int, int, int, int]] = (3, 4, 14, 3)
    parameters: ClassVar[int] = 43_590_848


@networks.register
class IResNet100(IResNet):
    """ArcFace's residual network with 3, 13, 30, 3 blocks: 65.16 M parameters."""

    name: ClassVar[str] = "iresnet100"
    blocks: ClassVar[tuple[int, int, int, int]] = (3, 13, 30, 3)
    parameters: ClassVar[int] = 65_156_160
