"""Principal axes of several people's photos at once."""

from __future__ import annotations

import numpy as np

from faceaudit.types import Float64Array, IntArray

TINY = 1e-12


def principal_scores(centred: Float64Array, components: int) -> tuple[Float64Array, Float64Array]:
    """Return the photos along the principal axes of each person.

    Args:
        centred: (B, M, E), mean 0 over each person's photos, 0 at empty places.
        components: how many axes, at most; fewer where there are fewer photos or entries.

    Returns:
        (B, M, C) scores, by falling variance, and (B, C) sums of their squares. The sign of an axis
        is arbitrary.
    """
    _, places, size = centred.shape
    few = min(components, places, size)
    flipped = centred.transpose(0, 2, 1)
    if places <= size:
        values, vectors = np.linalg.eigh(centred @ flipped)
        values = np.maximum(values[:, ::-1][:, :few], 0)
        return vectors[:, :, ::-1][:, :, :few] * np.sqrt(values)[:, None], values
    values, vectors = np.linalg.eigh(flipped @ centred)
    values = np.maximum(values[:, ::-1][:, :few], 0)
    return centred @ vectors[:, :, ::-1][:, :, :few], values


def whitened(scores: Float64Array, values: Float64Array, photos: IntArray) -> Float64Array:
    """Return (B, M, C) principal scores with variance 1 each; axes without any variance are 0.

    Args:
        scores: (B, M, C) as `principal_scores` gives them.
        values: (B, C) likewise.
        photos: (B,) how many photos each person has.
    """
    real = values > TINY * values[:, :1] + np.finfo(np.float64).tiny
    deviation = np.sqrt(np.where(real, values, 1) / photos[:, None])
    scaled: Float64Array = np.where(real[:, None], scores / deviation[:, None], 0)
    return scaled
