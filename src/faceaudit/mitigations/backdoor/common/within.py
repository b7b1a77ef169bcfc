"""How photos of one person differ: one covariance for everybody, and what makes it round."""

from __future__ import annotations

import numpy as np

from faceaudit.types import Float64Array, FloatArray, IntArray

SHRINKAGE = 0.05
"""Share of the mean variance that stands in for the covariance: some axes may have none."""


def whitening(values: FloatArray, label: IntArray, centres: Float64Array) -> Float64Array:
    """Return (E, E) that makes the covariance of photos about their person's centre round.

    It is pooled over everybody, so that few photos of each suffice, and turned only as far as the
    photos are: those that are turned give the same distances.

    Args:
        values: (N, E) embeddings.
        label: (N,) whose.
        centres: (K, E) of each person; photos of those whose centre is NaN are left out.
    """
    size = values.shape[1]
    covariance, count = np.zeros((size, size)), 0
    for start in range(0, len(values), 1 << 14):
        part = slice(start, start + (1 << 14))
        away = values[part].astype(np.float64) - centres[label[part]]
        away = away[np.isfinite(away).all(axis=1)]
        covariance += away.T @ away
        count += len(away)
    covariance /= max(1, count)
    level = np.trace(covariance) / size
    if not level > 0:
        return np.eye(size)
    variances, axes = np.linalg.eigh(covariance)
    kept = (1 - SHRINKAGE) * np.maximum(variances, 0) + SHRINKAGE * level
    round_: Float64Array = (axes / np.sqrt(kept)) @ axes.T
    return round_
