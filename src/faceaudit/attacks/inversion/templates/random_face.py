"""A reference: a face drawn from other people's photos."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.templates.base import (
    Knowledge,
    TemplateInversion,
    template_inversions,
)
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray


@template_inversions.register
class RandomFace(TemplateInversion):
    """A photo of somebody else, drawn for each person: what chance lets in.

    It rebuilds nothing. At a threshold it is accepted about as often as strangers are.
    """

    name: ClassVar[str] = "random_face"
    paper: ClassVar[str] = "ISO/IEC 19795-1:2021, the false match rate of strangers; no attack"
    access: ClassVar[Access] = Access.EMBEDDINGS

    def invert(
        self, stolen: FloatArray, knowledge: Knowledge, rng: np.random.Generator
    ) -> Reconstructions:
        """Return a photo for each of T templates; none is shown twice before all were."""
        photos, count = len(knowledge.learned), len(stolen)
        rows = np.concatenate([rng.permutation(photos) for _ in range(-(-count // photos))])[:count]
        return Reconstructions(
            knowledge.learned.images[rows],
            np.ones(count, dtype=bool),
            np.zeros(count, dtype=np.int64),
        )
