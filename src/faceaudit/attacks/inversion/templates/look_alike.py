"""A reference: whoever of other people looks most like the stolen template."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.templates.base import (
    Knowledge,
    TemplateInversion,
    template_inversions,
)
from faceaudit.metrics import normalized
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray


@template_inversions.register
class LookAlike(TemplateInversion):
    """The photo of somebody else whose template is nearest to the stolen one.

    It rebuilds nothing and asks nothing, and still passes surprisingly often: the more photos there
    are to choose from, the more often. An inversion shows that it rebuilds a face only where it
    beats this one, against another photo of the person than the stolen one.
    """

    name: ClassVar[str] = "look_alike"
    paper: ClassVar[str] = (
        "ISO/IEC 19795-1:2021, the nearest of a gallery that the person is not in; no attack"
    )
    access: ClassVar[Access] = Access.EMBEDDINGS

    def invert(
        self, stolen: FloatArray, knowledge: Knowledge, rng: np.random.Generator
    ) -> Reconstructions:
        """Return the nearest photo for each of (T, E) templates."""
        del rng
        # In the space that the stolen templates are of, which may be another network's.
        known = knowledge.templates if knowledge.foreign is None else knowledge.foreign
        nearest = (normalized(stolen) @ normalized(known).T).argmax(axis=1)
        return Reconstructions(
            knowledge.learned.images[nearest],
            np.ones(len(stolen), dtype=bool),
            np.zeros(len(stolen), dtype=np.int64),
        )
