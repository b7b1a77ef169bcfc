"""ResNeSt-50: bottlenecks whose convolution is two, weighed channel by channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.preprocessing import FACEX_ZOO, Preprocessing

if TYPE_CHECKING:
    from faceaudit.networks.common.face_network import FaceNetwork


@networks.register
class ResNeSt50(ScalableNetwork):
    """ResNeSt-50 with two splits: residual blocks with attention over the splits."""

    name: ClassVar[str] = "resnest50"
    paper: ClassVar[str] = (
        "Zhang et al. 2020, ResNeSt: Split-Attention Networks, arXiv 2004.08955 (2s1x64d, average "
        "pooling where a block shrinks the map); the layers are those of FaceX-Zoo (Wang et al. "
        "2021, arXiv 2101.04407): a stem of one 3x3 convolution of stride 1, the first stage of "
        "stride 2, and one dense layer over the whole map. FaceX-Zoo scales embeddings to length "
        "1, which is left to the comparison here."
    )
    known_weights: ClassVar[str] = (
        "FaceX-Zoo's ResNeSt50, trained on MS-Celeb-1M-v1c (LFW 99.80 %, as published); repository "
        "under Apache-2.0, the data for research only"
    )
    parameters: ClassVar[int] = 76_793_248
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from faceaudit.networks.modules.resnest import ResNeStModule  # noqa: PLC0415 - slow to load

        return ResNeStModule(self.channels, self.last_map, self.embedding)
