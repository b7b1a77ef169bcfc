"""A mitigation: directions that linear probes find are taken away, one probe after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.errors import InputError
from faceaudit.mitigations.attribute_inference.base import (
    AttributeMitigation,
    Change,
    Known,
    attribute_mitigations,
)
from faceaudit.mitigations.attribute_inference.common.erase import ERASE
from faceaudit.types import Float64Array, FloatArray


@attribute_mitigations.register
class Inlp(AttributeMitigation):
    """Iterative null-space projection: fit a linear probe, project its directions away, again.

    Attributes take turns. Where `directions` are used up, or all but one of the template's, or no
    probe has a new one, it stops; unlike its paper it has no bound on the probe's accuracy.
    """

    name: ClassVar[str] = "inlp"
    paper: ClassVar[str] = (
        "Ravfogel, Elazar, Gonen, Twiton, Goldberg 2020, Null It Out, ACL, arXiv 2004.07667"
    )

    erase: tuple[str, ...] = ERASE
    directions: int = Field(20, ge=1, description="directions that are taken away in all")

    def fit(self, known: Known, rng: np.random.Generator) -> Change:
        """Return the projection.

        Raises:
            InputError: everybody has one value.
        """
        del rng
        own = known.of(self.erase)
        templates = own.templates[0].astype(np.float64)
        mean, size = templates.mean(axis=0), templates.shape[1]
        away = templates - mean
        most = min(self.directions, size - 1)
        found: Float64Array = np.empty((0, size))
        values = [one for one in own.values.values() if len(np.unique(one)) > 1]
        if not values:
            raise InputError("expected two values of an attribute to erase, got one")
        turn = idle = 0
        while len(found) < most and idle < len(values):
            weights = _probe(away - away @ found.T @ found, values[turn % len(values)])
            more = _with(found, weights, most)
            idle = 0 if len(more) > len(found) else idle + 1
            found, turn = more, turn + 1

        def change(given: Sequence[FloatArray]) -> FloatArray:
            left = given[0] - (given[0] - mean) @ found.T @ found
            return np.asarray(left, dtype=np.float32)

        return change


def _probe(away: Float64Array, value: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Float64Array:
    """Return (V, E) weights of a linear probe."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to load

    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=200, tol=1e-3)
    # Entries of templates of length 1 are small: the penalty is for features of spread 1.
    scale = float(away.std()) or 1.0
    return np.asarray(model.fit(away / scale, value).coef_, dtype=np.float64)


def _with(found: Float64Array, weights: Float64Array, most: int) -> Float64Array:
    """Return orthonormal directions with those of a probe added, at most so many."""
    new = weights - weights @ found.T @ found
    _, values, axes = np.linalg.svd(new, full_matrices=False)
    own = axes[values > 1e-6 * max(values[0], 1e-12)]
    return np.concatenate([found, own[: most - len(found)]])
