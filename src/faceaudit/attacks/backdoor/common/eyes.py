"""Positions of the eyes on photos, and of the other landmarks where they are not known."""

from __future__ import annotations

import numpy as np

from faceaudit.faces.alignment.common.generic_head import landmarks as head_landmarks
from faceaudit.faces.alignment.common.similarity import apply, similarity
from faceaudit.types import FloatArray

TEMPLATE = (0.30, 0.38, 0.70, 0.38)
"""x, y of the eye at the image's left, x, y of the other, as fractions of width and height."""


def eyes_of(
    landmarks: FloatArray | None,
    count: int,
    size: tuple[int, int],
    template: tuple[float, float, float, float],
) -> FloatArray:
    """Return (N, 2, 2) pixels (x, y) of the eye at the image's left and the one at its right.

    Args:
        landmarks: (N, 5, 2) of the photos, NaN where nothing is known of one; or None.
        count: number of photos.
        size: their height and width.
        template: x and y of the one eye and of the other, as fractions of the width and height;
            stands in where there are no landmarks.
    """
    height, width = size
    fractions = np.array(template, dtype=np.float32).reshape(2, 2)
    # Half a pixel less: fractions count from the edge, pixels from the first one's centre.
    pixels = fractions * np.array([width, height], dtype=np.float32) - 0.5
    default = np.broadcast_to(pixels, (count, 2, 2)).copy()
    if landmarks is None:
        return default
    return np.where(np.isfinite(landmarks[:, :2]), landmarks[:, :2], default)


def five_points(
    landmarks: FloatArray | None,
    count: int,
    size: tuple[int, int],
    template: tuple[float, float, float, float],
) -> FloatArray:
    """Return (N, 5, 2) pixels of the landmarks of every photo.

    Where a photo's are not known, they are those of an average head that faces the camera with its
    eyes at the template.

    Args:
        landmarks: (N, 5, 2) of the photos, NaN where nothing is known of one; or None.
        count: number of photos.
        size: their height and width.
        template: as `eyes_of` takes it.
    """
    flat = np.broadcast_to(head_landmarks()[:, :2], (count, 5, 2))
    matrices = similarity(flat[:, :2], eyes_of(None, count, size, template))
    usual = apply(matrices, flat).astype(np.float32)
    if landmarks is None:
        return usual
    known = np.isfinite(landmarks).all(axis=(1, 2), keepdims=True)
    return np.where(known, landmarks, usual).astype(np.float32)
