"""A mitigation: one bit for each entry of a template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from faceaudit.mitigations.attribute_inference.base import (
    AttributeMitigation,
    Change,
    Known,
    attribute_mitigations,
)
from faceaudit.types import FloatArray


@attribute_mitigations.register
class Binarised(AttributeMitigation):
    """Only whether each entry lies above its median over the owner's people is kept."""

    name: ClassVar[str] = "binarised"
    paper: ClassVar[str] = (
        "bits of templates as in Drozdowski, Struck, Rathgeb, Busch 2018, Benchmarking "
        "binarisation schemes for deep face templates, ICIP"
    )

    def fit(self, known: Known, rng: np.random.Generator) -> Change:
        """Return the bits as -1 and 1: their cosine falls with the number that differ."""
        del rng
        medians = np.median(known.templates[0], axis=0)

        def change(given: Sequence[FloatArray]) -> FloatArray:
            return np.where(given[0] > medians, 1, -1).astype(np.float32)

        return change
