"""An attribute attack: a linear probe of templates."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.attribute_inference.base import (
    AttributeAttack,
    Labelled,
    attribute_attacks,
)
from faceaudit.attacks.attribute_inference.common.linear import Features, linear_scores
from faceaudit.types import Float64Array, FloatArray


@attribute_attacks.register
class LinearProbe(AttributeAttack):
    """Logistic regression on templates; its penalty is chosen on labelled people held out."""

    name: ClassVar[str] = "linear_probe"
    paper: ClassVar[str] = (
        "Alain and Bengio 2016, Understanding intermediate layers using linear classifier probes, "
        "arXiv 1610.01644; on face templates Terhoerst et al. 2020, Beyond Identity, "
        "arXiv 2009.09918"
    )

    strengths: tuple[float, ...] = Field(
        (1e-4, 1e-3, 1e-2, 1e-1),
        min_length=1,
        description="inverse L2 penalties that one is chosen of, for features of spread 1",
    )

    def scores(
        self, labelled: Labelled, templates: FloatArray, rng: np.random.Generator
    ) -> Float64Array:
        """Return (M, values) probabilities."""
        features = Features.of(labelled.templates, templates)
        return linear_scores(features, labelled, self.strengths, rng)
