"""A small classifier that learns on shadow backbones and is used on another one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.types import BoolArray, Float64Array, IntArray

if TYPE_CHECKING:
    from sklearn import linear_model
else:
    linear_model = deferred("sklearn.linear_model")

FOLDS = 2
STRENGTH = 0.1
"""Inverse of the penalty on weights of standardised features."""

Shadow = tuple[Float64Array, IntArray, BoolArray]
"""Features (N, F), people (N,) and members (N,) of one shadow."""


def learn_from_shadows(
    values: Float64Array, person: IntArray, shadows: Sequence[Shadow], rng: np.random.Generator
) -> Float64Array:
    """Return (N,) scores of photos by logistic regressions that never saw who is on them.

    Features are standardised backbone by backbone, over all photos asked about: backbones of one
    kind differ in scale.

    Args:
        values: (N, F) of the target's photos.
        person: (N,) who is on each.
        shadows: the same of other backbones, and whom each learned from.
        rng: of the folds.

    Raises:
        InputError: no shadow, or members or non-members of a fold are missing.
    """
    if not shadows:
        raise InputError("expected a backbone of the attacker's own to learn from, got none")
    people = np.unique(np.concatenate([person, *(who for _, who, _ in shadows)]))
    fold = np.arange(len(people)) % FOLDS
    fold = fold[rng.permutation(len(people))]
    scores = np.full(len(values), np.nan)
    scaled = [(standardised(numbers), *rest) for numbers, *rest in shadows]
    asked = standardised(values)
    for out in range(FOLDS):
        kept = [fold[np.searchsorted(people, who)] != out for _, who, _ in scaled]
        learned = np.concatenate([one[0][rows] for one, rows in zip(scaled, kept, strict=True)])
        member = np.concatenate([one[2][rows] for one, rows in zip(scaled, kept, strict=True)])
        if not 0 < np.count_nonzero(member) < len(member):
            raise InputError(
                "expected members and non-members among half of the people of the shadows, got "
                f"{np.count_nonzero(member)} of {len(member)} photos; try more people"
            )
        model = linear_model.LogisticRegression(C=STRENGTH, max_iter=2000).fit(learned, member)
        here = fold[np.searchsorted(people, person)] == out
        if here.any():
            # The two folds' models have intercepts of their own: what is compared is standardised.
            found = model.decision_function(asked[here])
            scores[here] = standardised(found[:, None])[:, 0]
    return scores


def standardised(values: Float64Array) -> Float64Array:
    """Return (N, F) columns of mean 0 and deviation 1; one that does not differ is 0.

    >>> standardised(np.array([[1.0, 5.0], [3.0, 5.0]])).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    spread = values.std(axis=0)
    # A deviation below rounding is no difference.
    flat = spread <= 1e-9 * np.maximum(1.0, np.abs(values).max(axis=0))
    centred: Float64Array = (values - values.mean(axis=0)) / np.where(flat, 1.0, spread)
    return np.where(flat, 0.0, centred)
