"""Photos made small: enough to see what is laid over a face, and quick."""

from __future__ import annotations

import numpy as np

from faceaudit.types import FloatArray, ImageArray

BLOCK = 1024


def small_photos(images: ImageArray, side: int) -> FloatArray:
    """Return (N, P) pixels of photos whose longer side is at most `side`, 0 to 255.

    Args:
        images: (N, H, W, 3) uint8.
        side: in pixels; smaller photos stay as they are.
    """
    height, width = images.shape[1:3]
    scale = min(1.0, side / max(height, width))
    rows = _averages(height, max(1, round(height * scale)))
    columns = _averages(width, max(1, round(width * scale)))
    small = np.empty((len(images), len(rows) * 3 * len(columns)), dtype=np.float32)
    for start in range(0, len(images), BLOCK):
        part = images[start : start + BLOCK].astype(np.float32)
        lower = rows @ part.reshape(len(part), height, width * 3)
        lower = columns @ lower.reshape(len(part), len(rows), width, 3)
        small[start : start + BLOCK] = lower.reshape(len(part), -1)
    return small


def _averages(size: int, small: int) -> FloatArray:
    """Return (small, size) weights that average a line of pixels by the area they cover."""
    edges = np.arange(small + 1) * (size / small)
    pixel = np.arange(size)
    covered = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    weights: FloatArray = (np.maximum(covered, 0) * (small / size)).astype(np.float32)
    return weights
