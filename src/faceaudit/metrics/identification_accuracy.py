"""Accuracy of an identifier, and success of an attack on it, from its answers."""

from __future__ import annotations

import numpy as np

from faceaudit.errors import InputError
from faceaudit.metrics.intervals import wilson
from faceaudit.types import Estimate, IntArray


def accuracy(truth: IntArray, predicted: IntArray) -> Estimate:
    """Estimate the share of photos whose person is recognised (rank-1 identification rate).

    Higher is better for the system. `n` counts photos.

    Args:
        truth: (N,) labels, N at least 1.
        predicted: (N,) labels.

    >>> accuracy(np.array([0, 1, 2]), np.array([0, 1, 1])).value
    0.6666666666666666
    """
    if len(truth) != len(predicted):
        raise InputError(f"expected as many predictions as labels, got {len(predicted)}")
    return wilson(int(np.sum(truth == predicted)), len(truth))


def attack_success(truth: IntArray, predicted: IntArray, target: int) -> Estimate:
    """Estimate the share of photos that are taken for the target.

    Higher is better for the attacker. `n` counts photos that do not show the target: recognising
    the target on their own photo is no attack, so those rows are left out.

    Args:
        truth: (N,) who is really on each photo.
        predicted: (N,) who the system says is on it.
        target: the label that the attacker wants.

    Raises:
        InputError: no photo of anybody else is left to count.

    >>> attack_success(np.array([0, 1, 2]), np.array([2, 2, 2]), target=2)
    Estimate(value=1.0, low=0.3423..., high=1.0, n=2, method='wilson 95 %')
    """
    others = truth != target
    return wilson(int(np.sum(predicted[others] == target)), int(np.sum(others)))
