"""No mitigation: the template itself is stored."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from faceaudit.mitigations.attribute_inference.base import (
    AttributeMitigation,
    Change,
    Known,
    attribute_mitigations,
    one_of,
)


@attribute_mitigations.register
class Unmitigated(AttributeMitigation):
    """Templates are stored as the network gives them."""

    name: ClassVar[str] = "none"
    paper: ClassVar[str] = (
        "what every mitigation is compared with, as in Ravfogel et al. 2020, arXiv 2004.07667"
    )

    def fit(self, known: Known, rng: np.random.Generator) -> Change:
        """Return what changes nothing."""
        del known, rng
        return one_of
