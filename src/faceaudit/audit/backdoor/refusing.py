"""Filters of inputs: thresholds at which clean photos are refused, and answers behind them."""

from __future__ import annotations

import math

import numpy as np

from faceaudit.errors import CaseError
from faceaudit.mitigations.backdoor.base import PhotoScore
from faceaudit.types import FloatArray, ImageArray, IntArray

REFUSED_LABEL = -1
"""Whom a photo is taken for that is refused: nobody."""


def score_photos(score: PhotoScore, images: ImageArray, landmarks: FloatArray | None) -> FloatArray:
    """Return (N,) suspicion of photos; one that cannot be judged (NaN) is suspected most.

    Raises:
        CaseError: the filter does not give one number a photo.
    """
    if not len(images):
        return np.zeros(0, dtype=np.float32)
    found = np.asarray(score(images, landmarks), dtype=np.float32)
    if found.shape != (len(images),):
        raise CaseError(f"expected suspicion of {len(images)} photos, got {found.shape}")
    return np.where(np.isnan(found), np.float32(np.inf), found)


def set_threshold(scores: FloatArray, allowed: float) -> float:
    """Return the lowest threshold above which at most a share of clean photos lie.

    Photos with suspicion above it are refused. Of n photos at most floor(allowed * n) are: with
    fewer than 1 / allowed of them, none.

    >>> round(float(set_threshold(np.array([0.1, 0.2, 0.3, 0.4], dtype=np.float32), 0.25)), 3)
    0.3
    """
    ordered = np.sort(scores)
    above = math.floor(allowed * len(ordered) + 1e-9)
    return float(ordered[len(ordered) - 1 - above])


def refuse(predicted: IntArray, suspicion: FloatArray, threshold: float) -> IntArray:
    """Return whom photos are taken for behind the filter: -1 where they are refused."""
    return np.where(suspicion > threshold, REFUSED_LABEL, predicted)
