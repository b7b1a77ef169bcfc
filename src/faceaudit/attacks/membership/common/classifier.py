"""Classifiers of members and non-members, learned from features of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from faceaudit.errors import InputError
from faceaudit.types import BoolArray, Float64Array, FloatArray

Model = Literal["gb", "lr"]
Scores = Callable[[FloatArray], Float64Array]
"""Returns (N,) probabilities of membership for (N, F) features."""


def fit_classifier(
    features: FloatArray,
    member: BoolArray,
    model: Model,
    rng: np.random.Generator,
    *,
    even: bool = True,
) -> Scores:
    """Return a classifier of (N, F) features, standardised, fitted to (N,) members.

    "gb" is gradient boosting and "lr" logistic regression, both as scikit-learn has them; their
    probabilities are brought to even odds (see `at_even_odds`) unless `even` is false.

    Args:
        features: (N, F).
        member: (N,) whether each is a member.
        model: the classifier.
        rng: seeds it.
        even: whether to bring probabilities to even odds.

    Raises:
        InputError: only members, or none.
    """
    from sklearn.ensemble import GradientBoostingClassifier  # noqa: PLC0415 - slow to load
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    share = member_share(member) if even else 0.5
    seed = draw_seed(rng)
    fitted = (
        GradientBoostingClassifier(random_state=seed)
        if model == "gb"
        else LogisticRegression(random_state=seed)
    )
    scaler = StandardScaler().fit(features)
    order = members_first(member)
    fitted.fit(scaler.transform(features[order]), member[order])

    def scores(asked: FloatArray) -> Float64Array:
        probability = fitted.predict_proba(scaler.transform(asked))[:, 1]
        return at_even_odds(np.asarray(probability, dtype=np.float64), share)

    return scores


def at_even_odds(probability: Float64Array, share: float) -> Float64Array:
    """Return probabilities as they would be had half of the training records been members.

    Folds of groups rarely hold equally many members, and where a fold has more of them the others
    have fewer: uncorrected, scores of different folds would rank members below chance.

    >>> at_even_odds(np.array([0.5, 0.75]), 0.75).round(2)
    array([0.25, 0.5 ])
    """
    member = probability * (1 - share)
    return np.asarray(member / (member + (1 - probability) * share))


def member_share(member: BoolArray) -> float:
    """Return the share of members; raise `InputError` when there are only members, or none."""
    if member.all() or not member.any():
        raise InputError(
            f"expected members and non-members to learn from, got {int(member.sum())} members of "
            f"{len(member)}; try more groups of people"
        )
    return float(member.mean())


def members_first(member: BoolArray) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the order that puts members before non-members, as ART's attack has its records."""
    return np.argsort(~member, kind="stable")


def draw_seed(rng: np.random.Generator) -> int:
    """Return a seed for scikit-learn, which takes no generator of NumPy's newer kind."""
    return int(rng.integers(2**31))
