"""Logistic regression whose penalty is chosen on people that it was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.attribute_inference.base import Labelled
from faceaudit.types import Float64Array, FloatArray, IntArray

TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Features:
    """Features of labelled and of attacked photos, brought to mean 0 and spread 1 of the former."""

    known: Float64Array
    asked: Float64Array

    @classmethod
    def of(cls, known: FloatArray, asked: FloatArray) -> Features:
        """Return both, standardised by what the attacker knows alone."""
        first, second = known.astype(np.float64), asked.astype(np.float64)
        mean, spread = first.mean(axis=0), first.std(axis=0)
        spread[spread < TINY] = 1
        return cls((first - mean) / spread, (second - mean) / spread)


def linear_scores(
    features: Features, labelled: Labelled, strengths: Sequence[float], rng: np.random.Generator
) -> Float64Array:
    """Return (M, values) probabilities by the regression with the best of several penalties.

    Values are weighed so that each counts alike. The penalty is the one with the lowest log loss,
    values alike, over folds of people; of equal ones the strongest.

    Args:
        features: (N, F) and (M, F), standardised.
        labelled: of the N photos.
        strengths: inverse penalties (C) to choose from.
        rng: deals people to folds.
    """
    if len(labelled.present) < 2:
        return labelled.columns(np.ones((len(features.asked), 1)))
    fold = labelled.folds(rng)
    rising = sorted(strengths)
    best = rising[0]
    if len(rising) > 1:
        losses = [_held_out_loss(features.known, labelled.value, fold, one) for one in rising]
        best = rising[int(np.argmin(losses))]
    fitted = _fit(features.known, labelled.value, best)
    return labelled.columns(np.asarray(fitted.predict_proba(features.asked), dtype=np.float64))


def _held_out_loss(known: Float64Array, value: IntArray, fold: IntArray, strength: float) -> float:
    """Return the log loss on people that were not fitted on, the mean over values."""
    losses = np.full(len(value), np.log(len(np.unique(value))))
    for one in range(int(fold.max()) + 1):
        inside = fold != one
        if len(np.unique(value[inside])) < 2:
            continue
        fitted = _fit(known[inside], value[inside], strength)
        found = np.asarray(fitted.predict_proba(known[~inside]))
        place = np.searchsorted(fitted.classes_, value[~inside])
        known_value = np.isin(value[~inside], fitted.classes_)
        own = found[np.arange(len(found)), np.minimum(place, len(fitted.classes_) - 1)]
        losses[~inside] = -np.log(np.where(known_value, np.maximum(own, TINY), TINY))
    return float(np.mean([losses[value == one].mean() for one in np.unique(value)]))


def _fit(known: Float64Array, value: IntArray, strength: float):  # type: ignore[no-untyped-def]
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to load

    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=500, tol=1e-3)
    return model.fit(known, value)
