"""Protection by BioHashing: the signs of a keyed projection."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.mitigations.templates.base import TemplateProtection, template_protections
from faceaudit.mitigations.templates.common.by_key import each_key
from faceaudit.mitigations.templates.common.orthonormal import orthonormal_rows
from faceaudit.types import FloatArray, IntArray


@template_protections.register
class BioHash(TemplateProtection):
    """One bit for each random direction that the key draws: the side that the template is on.

    Bits are kept as -1 and 1, so that the cosine of two is 1 - 2 x the share that differ, their
    Hamming distance. The threshold is 0, as published.
    """

    name: ClassVar[str] = "biohash"
    paper: ClassVar[str] = (
        "Teoh, Ngo, Goh 2004, BioHashing: two factor authentication featuring fingerprint data and "
        "tokenised random number; Teoh, Goh, Ngo 2006, Random multispace quantization as an "
        "analytic mechanism for BioHashing of biometric and random identity inputs"
    )
    keyed: ClassVar[bool] = True

    bits: int | None = Field(
        None, ge=2, description="bits kept; none means as many as the template has entries"
    )

    def protect(self, templates: FloatArray, keys: IntArray) -> FloatArray:
        """Return (N, bits) bits as -1 and 1."""
        size = templates.shape[1]
        count = self.bits or size

        def signs(some: FloatArray, key: int) -> FloatArray:
            side = some @ orthonormal_rows(key, size, count).T
            return np.where(side >= 0, np.float32(1), np.float32(-1))

        return each_key(templates, keys, signs)

    def estimate(self, protected: FloatArray, keys: IntArray, size: int) -> FloatArray:
        """Return the sums of the directions, each on the side that its bit says, of length 1.

        Of all unit vectors that is the one with the highest mean inner product with the sided
        directions; lengths along them are lost.
        """
        count = protected.shape[1]

        def sums(some: FloatArray, key: int) -> FloatArray:
            found = some @ orthonormal_rows(key, size, count)
            return np.asarray(found / np.sqrt(np.float32(count)))

        return each_key(protected, keys, sums)
