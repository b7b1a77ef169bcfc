"""Keras' layers in NumPy: maps are (height, width, channels), kernels (h, w, in, out)."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float64]


def convolution(maps: Array, kernel: Array, bias: Array, *, padding: int = 0) -> Array:
    padded = np.pad(maps, ((padding, padding), (padding, padding), (0, 0)))
    windows = sliding_window_view(padded, kernel.shape[:2], axis=(0, 1))  # y, x, in, h, w
    return np.einsum("yxchw,hwco->yxo", windows, kernel, optimize=True) + bias


def relu(values: Array) -> Array:
    return np.maximum(values, 0)


def pool_halves(maps: Array) -> Array:
    """Keras' MaxPooling2D(2): what is over at the end is dropped."""
    height, width, channels = maps.shape[0] // 2, maps.shape[1] // 2, maps.shape[2]
    cut = maps[: 2 * height, : 2 * width]
    return cut.reshape(height, 2, width, 2, channels).max(axis=(1, 3))


def pool_same(maps: Array) -> Array:
    """Keras' MaxPooling2D(3, strides=2, padding="same"), window by window."""
    out = [-(-edge // 2) for edge in maps.shape[:2]]
    before = [max((o - 1) * 2 + 3 - e, 0) // 2 for o, e in zip(out, maps.shape[:2], strict=True)]
    result = np.empty((*out, maps.shape[2]))
    for y in range(out[0]):
        for x in range(out[1]):
            top, left = 2 * y - before[0], 2 * x - before[1]
            window = maps[max(top, 0) : top + 3, max(left, 0) : left + 3]
            result[y, x] = window.max(axis=(0, 1))
    return result


def locally_connected(maps: Array, kernel: Array, bias: Array, edge: int, stride: int) -> Array:
    """Keras' LocallyConnected2D: kernel (places, edge * edge * in, out), places row by row."""
    result = np.empty_like(bias)
    place = 0
    for y in range(bias.shape[0]):
        for x in range(bias.shape[1]):
            patch = maps[y * stride : y * stride + edge, x * stride : x * stride + edge]
            result[y, x] = patch.reshape(-1) @ kernel[place] + bias[y, x]
            place += 1
    return result
