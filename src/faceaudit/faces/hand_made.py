"""Features of photos that nothing was trained for."""

from __future__ import annotations

import numpy as np

from faceaudit.faces.small_photos import small_photos
from faceaudit.types import FloatArray, ImageArray

SIDE = 24
GREY = np.array([0.299, 0.587, 0.114], dtype=np.float32)
DIRECTIONS = 8
CELLS = 6
BLOCK = 2048


def pixels(images: ImageArray) -> FloatArray:
    """Return (N, P) colours of small photos, mean 0 and standard deviation 1 in each photo."""
    small = small_photos(images, SIDE)
    small -= small.mean(axis=1, keepdims=True)
    scaled: FloatArray = small / np.maximum(small.std(axis=1, keepdims=True), 1.0)
    return scaled


def gradients(images: ImageArray) -> FloatArray:
    """Return (N, 6 * 6 * 8) histograms of the directions of edges, of length 1 in each photo.

    After Dalal, Triggs 2005 (HOG), without overlapping blocks: the square root of the histogram is
    brought to length 1 over the whole photo.
    """
    found = [_histograms(images[at : at + BLOCK]) for at in range(0, len(images), BLOCK)]
    return np.concatenate(found) if found else np.zeros((0, CELLS**2 * DIRECTIONS), np.float32)


def _histograms(images: ImageArray) -> FloatArray:
    grey = images.astype(np.float32) @ GREY
    down, across = np.gradient(grey, axis=(1, 2))
    strength = np.hypot(down, across)
    turn = np.arctan2(down, across) % np.pi / np.pi * DIRECTIONS
    direction = np.minimum(turn.astype(np.int64), DIRECTIONS - 1)
    count, height, width = grey.shape
    row = np.arange(height) * CELLS // height
    column = np.arange(width) * CELLS // width
    cell = row[:, None] * CELLS + column
    size = CELLS**2 * DIRECTIONS
    at = np.arange(count)[:, None, None] * size + cell * DIRECTIONS + direction
    sums = np.bincount(at.ravel(), weights=strength.ravel(), minlength=count * size)
    found = np.sqrt(sums).reshape(count, size)
    length = np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
    histograms: FloatArray = (found / length).astype(np.float32)
    return histograms
