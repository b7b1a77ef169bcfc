"""An attack on backbones: how long the embedding of a photo is."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.backbone_membership.base import Seen, StatisticAttack, backbone_attacks
from faceaudit.types import Float64Array


@backbone_attacks.register
class EmbeddingNorm(StatisticAttack):
    """The length of the embedding: networks answer more strongly to what they know.

    It needs one photo and nobody else's, but embeddings as the network gives them: a system that
    brings them to length 1 gives nothing away here.
    """

    name: ClassVar[str] = "embedding_norm"
    paper: ClassVar[str] = (
        "after Meng, Zhao, Huang, Zhou 2021, MagFace, arXiv 2103.06627, where lengths tell how "
        "well a face is known; as a membership statistic nobody's, and nothing is claimed for it"
    )

    def statistic(self, seen: Seen) -> Float64Array:
        """Return (N,) lengths, 0 or more."""
        length: Float64Array = np.linalg.norm(seen.embeddings.astype(np.float64), axis=1)
        return length
