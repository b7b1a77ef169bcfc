"""A reference: the average of other people's photos."""

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

BLOCK = 512
"""Photos that are added up at once."""


@template_inversions.register
class AverageFace(TemplateInversion):
    """The average of other people's photos, the same for everybody: where searches start.

    It rebuilds nothing. What is found from there must be accepted more often.
    """

    name: ClassVar[str] = "average_face"
    paper: ClassVar[str] = (
        "Turk and Pentland 1991, Eigenfaces for Recognition, J. Cognitive Neuroscience 3(1), for "
        "the average face; no attack"
    )
    access: ClassVar[Access] = Access.EMBEDDINGS

    def invert(
        self, stolen: FloatArray, knowledge: Knowledge, rng: np.random.Generator
    ) -> Reconstructions:
        """Return the same picture for each of T templates."""
        del rng
        images, count = knowledge.learned.images, len(stolen)
        total = np.zeros(images.shape[1:], dtype=np.int64)
        for start in range(0, len(images), BLOCK):
            total += images[start : start + BLOCK].sum(axis=0, dtype=np.int64)
        mean = ((2 * total + len(images)) // (2 * len(images))).astype(np.uint8)
        return Reconstructions(
            np.repeat(mean[None], count, axis=0),
            np.ones(count, dtype=bool),
            np.zeros(count, dtype=np.int64),
        )
