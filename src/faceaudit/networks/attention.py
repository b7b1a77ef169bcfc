"""Attention-56 and -92: residual networks whose features are weighed by a learned mask."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from faceaudit.networks.base import ScalableNetwork, networks
from faceaudit.networks.common.preprocessing import FACEX_ZOO, Preprocessing

if TYPE_CHECKING:
    from faceaudit.networks.common.face_network import FaceNetwork

_PAPER = (
    "Wang et al. 2017, Residual Attention Network for Image Classification, arXiv 1704.06904; the "
    "layers are those of FaceX-Zoo (Wang et al. 2021, arXiv 2101.04407), which start at stride 2 "
    "without a pooling after, and end in one dense layer over the whole map."
)


class _Attention(ScalableNetwork):
    """Base class of both depths; a subclass says how many attention modules a stage has."""

    paper: ClassVar[str] = _PAPER
    default_preprocessing: ClassVar[Preprocessing] = FACEX_ZOO
    attention_modules: ClassVar[tuple[int, int, int]]

    def module(self) -> FaceNetwork:
        """Return the bare network for `size`, `width` and `embedding`."""
        from faceaudit.networks.modules.attention import AttentionNetworkModule  # noqa: PLC0415 - slow to load

        return AttentionNetworkModule(
            self.channels, self.attention_modules, self.last_map, self.embedding
        )


@networks.register
class Attention56(_Attention):
    """Residual attention, one module a stage: large, and FaceX-Zoo's best on LFW."""

    name: ClassVar[str] = "attention56"
    known_weights: ClassVar[str] = (
        "FaceX-Zoo's Attention-56, trained on MS-Celeb-1M-v1c (LFW 99.88 %, as published); "
        "repository under Apache-2.0, the data for research only"
    )
    parameters: ClassVar[int] = 98_964_672
    attention_modules: ClassVar[tuple[int, int, int]] = (1, 1, 1)


@networks.register
class Attention92(_Attention):
    """Residual attention with one, two and three modules a stage."""

    name: ClassVar[str] = "attention92"
    known_weights: ClassVar[str] = (
        "FaceX-Zoo's Attention-92, trained in mixed precision on MS-Celeb-1M-v1c (LFW 99.82 %, as "
        "published); repository under Apache-2.0, the data for research only"
    )
    parameters: ClassVar[int] = 134_562_496
    attention_modules: ClassVar[tuple[int, int, int]] = (1, 2, 3)
