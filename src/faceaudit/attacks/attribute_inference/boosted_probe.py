"""An attribute attack: boosted trees on templates."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.attacks.attribute_inference.base import (
    AttributeAttack,
    Labelled,
    attribute_attacks,
)
from faceaudit.types import Float64Array, FloatArray

LEAST_OF_LEAF = 20
"""Photos of a leaf at least; fewer where few are labelled."""
BINS = 31
"""Steps that each entry of a template is told by: few people do not fill more."""


@attribute_attacks.register
class BoostedProbe(AttributeAttack):
    """Gradient boosted trees on templates: finds what a linear probe cannot."""

    name: ClassVar[str] = "boosted_probe"
    paper: ClassVar[str] = (
        "Friedman 2001, Greedy function approximation, Annals of Statistics 29:1189; on histograms "
        "as LightGBM does, by scikit-learn"
    )

    rounds: int = Field(60, ge=1, description="trees in a row, of each value")
    rate: float = Field(0.1, gt=0, le=1, description="how much each tree adds")
    leaves: int = Field(15, ge=2, description="leaves of a tree at most")

    def scores(
        self, labelled: Labelled, templates: FloatArray, rng: np.random.Generator
    ) -> Float64Array:
        """Return (M, values) probabilities."""
        from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - slow to load
        from threadpoolctl import threadpool_limits  # noqa: PLC0415

        if len(labelled.present) < 2:
            return labelled.columns(np.ones((len(templates), 1)))
        model = HistGradientBoostingClassifier(
            learning_rate=self.rate,
            max_iter=self.rounds,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=min(LEAST_OF_LEAF, max(1, len(labelled.value) // 10)),
            max_bins=BINS,
            early_stopping=False,
            class_weight="balanced",
            random_state=int(rng.integers(2**31)),
        )
        # Few photos: more threads would wait for one another.
        with threadpool_limits(limits=1, user_api="openmp"):
            model.fit(labelled.templates, labelled.value)
        return labelled.columns(np.asarray(model.predict_proba(templates), dtype=np.float64))
