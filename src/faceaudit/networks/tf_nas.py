"""TF-NAS-A: inverted bottlenecks whose kernels and widths were searched for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.preprocessing import FACEX_ZOO, Preprocessing

if TYPE_CHECKING:
    from faceaudit.networks.common.face_network import FaceNetwork


@networks.register
class TFNASA(ScalableNetwork):
    """TF-NAS-A, the searched network: accurate for its multiplications."""

    name: ClassVar[str] = "tf_nas_a"
    paper: ClassVar[str] = (
        "Hu, Wu, He 2020, TF-NAS: Rethinking Three Search Freedoms of Latency-Constrained "
        "Differentiable Neural Architecture Search, arXiv 2008.05314; the layers are those of "
        "FaceX-Zoo (Wang et al. 2021, arXiv 2101.04407): a stem of stride 1, no activation after "
        "the last convolution, and one dense layer over the whole map."
    )
    known_weights: ClassVar[str] = (
        "FaceX-Zoo's TF-NAS-A, trained on MS-Celeb-1M-v1c (LFW 99.75 %, as published); repository "
        "under Apache-2.0, the data for research only"
    )
    parameters: ClassVar[int] = 39_590_703
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from faceaudit.networks.modules.tf_nas import TFNASModule  # noqa: PLC0415 - slow to load

        return TFNASModule(self.channels, self.last_map, self.embedding)
