"""An attribute attack: a kernel probe of templates."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.attribute_inference.base import (
    AttributeAttack,
    Labelled,
    attribute_attacks,
)
from faceaudit.attacks.attribute_inference.common.linear import Features
from faceaudit.types import Float64Array, FloatArray


@attribute_attacks.register
class KernelProbe(AttributeAttack):
    """A support vector machine with a Gaussian kernel on templates: one for each value.

    The scores are the machines' distances, mapped to 0 to 1. Where a linear projection hides an
    attribute, it finds more than boosted trees do, as these go by one entry at a time.
    """

    name: ClassVar[str] = "kernel_probe"
    paper: ClassVar[str] = (
        "Cortes and Vapnik 1995, Support-vector networks, Machine Learning 20:273"
    )

    strength: float = Field(1.0, gt=0, description="inverse penalty (C), for features of spread 1")

    def scores(
        self, labelled: Labelled, templates: FloatArray, rng: np.random.Generator
    ) -> Float64Array:
        """Return (M, values) scores."""
        from sklearn.svm import SVC  # noqa: PLC0415 - slow to load

        del rng
        if len(labelled.present) < 2:
            return labelled.columns(np.ones((len(templates), 1)))
        features = Features.of(labelled.templates, templates)
        columns = []
        for value in labelled.present[-1:] if len(labelled.present) == 2 else labelled.present:
            machine = SVC(C=self.strength, class_weight="balanced")
            machine.fit(features.known, labelled.value == value)
            columns.append(np.asarray(machine.decision_function(features.asked)))
        if len(columns) == 1:
            columns = [-columns[0], columns[0]]
        return labelled.columns(1 / (1 + np.exp(-np.column_stack(columns))))
