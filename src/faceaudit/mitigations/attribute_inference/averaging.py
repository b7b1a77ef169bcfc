"""A mitigation: the mean of the templates of several networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from faceaudit.errors import InputError
from faceaudit.mitigations.attribute_inference.base import (
    AttributeMitigation,
    Change,
    Known,
    attribute_mitigations,
)
from faceaudit.systems.embedding.adapter import LinearAdapter
from faceaudit.types import FloatArray


@attribute_mitigations.register
class Averaging(AttributeMitigation):
    """Templates of other networks are brought to the first one's space, and all are averaged.

    A linear map for each further network is learned on the owner's people; nothing is known of
    their attributes for it.
    """

    name: ClassVar[str] = "averaging"
    paper: ClassVar[str] = (
        "several backbones as FaceBone has them; adapters after Face Adapter 2024, arXiv "
        "2411.03960; their mean as a mitigation of attribute inference ours"
    )
    several: ClassVar[bool] = True

    def fit(self, known: Known, rng: np.random.Generator) -> Change:
        """Return the mean in the first network's space.

        Raises:
            InputError: there is one network.
        """
        del rng
        first, *others = known.templates
        if not others:
            raise InputError(
                "expected several networks whose templates are averaged, got one; add another to "
                "embedders"
            )
        adapters = [LinearAdapter.fit(one, first, known.people) for one in others]

        def change(given: Sequence[FloatArray]) -> FloatArray:
            adapted = [a.adapt(one) for a, one in zip(adapters, given[1:], strict=True)]
            return np.asarray(np.mean([given[0], *adapted], axis=0), dtype=np.float32)

        return change
