"""Colours at the same places of every face, found by its landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.types import BoolArray, FloatArray, ImageArray

BLOCK = 1024


@dataclass(frozen=True, eq=False)
class FaceFrame:
    """A grid of places on a face.

    Attributes:
        shape: (5,) complex, the usual landmarks about their middle, of length 1 in all.
        middle, turn: where that shape usually lies in a photo: middle + turn * shape.
        grid: (S * S,) complex places on the same scale, row by row.
    """

    shape: np.ndarray[tuple[int], np.dtype[np.complex128]]
    middle: complex
    turn: complex
    grid: np.ndarray[tuple[int], np.dtype[np.complex128]]

    @classmethod
    def of(cls, landmarks: FloatArray, side: int) -> FaceFrame:
        """Return the frame of (N, 5, 2) landmarks, none of them NaN, with `side` places a line."""
        points = _complex(landmarks)
        centred = points - points.mean(axis=1, keepdims=True)
        shape = centred.mean(axis=0)
        for _ in range(5):  # generalised Procrustes analysis, Gower 1975
            shape = shape / np.linalg.norm(shape)
            turn = centred @ shape.conj()
            shape = (centred / turn[:, None]).mean(axis=0)
        shape = shape / np.linalg.norm(shape)
        reach = 1.6 * max(np.ptp(shape.real), np.ptp(shape.imag)) / 2
        line = np.linspace(-reach, reach, side)
        grid = (line[None] + 1j * line[:, None]).ravel()
        middle = complex(points.mean())
        return cls(shape, middle, complex((centred @ shape.conj()).mean()), grid)

    def places(
        self, landmarks: FloatArray | None, count: int
    ) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.complex128]], FloatArray]:
        """Return (N, S * S) places in photos, and (N, 5, 2) how landmarks differ from the usual.

        Where landmarks are not known, those of a usual photo stand in and differ by 0.
        """
        middle = np.full(count, self.middle)
        turn = np.full(count, self.turn)
        away = np.zeros((count, 5), dtype=np.complex128)
        known: BoolArray = np.zeros(count, dtype=np.bool_)
        if landmarks is not None:
            known = np.asarray(np.isfinite(landmarks).all(axis=(1, 2)))
            points = _complex(landmarks[known])
            middle[known] = points.mean(axis=1)
            centred = points - points.mean(axis=1, keepdims=True)
            turn[known] = centred @ self.shape.conj()
            away[known] = centred / turn[known, None] - self.shape
        places = middle[:, None] + turn[:, None] * self.grid
        return places, np.stack([away.real, away.imag], axis=2).astype(np.float32)

    def colours(
        self, images: ImageArray, landmarks: FloatArray | None
    ) -> tuple[FloatArray, FloatArray]:
        """Return (N, S * S, 3) colours on the grid, and how landmarks differ from the usual.

        Colours are those of the photo less their median, over their mean absolute deviation.
        Outside the photo its edge goes on.
        """
        places, away = self.places(landmarks, len(images))
        out = np.empty((*places.shape, 3), dtype=np.float32)
        for start in range(0, len(images), BLOCK):
            part = slice(start, start + BLOCK)
            out[part] = _bilinear(images[part], places[part])
        out -= np.median(out, axis=1, keepdims=True)
        out /= np.maximum(np.abs(out).mean(axis=(1, 2), keepdims=True), 1.0)
        return out, away


def _complex(
    landmarks: FloatArray,
) -> np.ndarray[tuple[int, int], np.dtype[np.complex128]]:
    return landmarks[..., 0].astype(np.float64) + 1j * landmarks[..., 1]


def _bilinear(
    images: ImageArray, places: np.ndarray[tuple[int, int], np.dtype[np.complex128]]
) -> FloatArray:
    """Return (N, P, 3) colours at complex places x + iy, pixel centres being whole numbers."""
    height, width = images.shape[1:3]
    x = np.clip(places.real, 0, width - 1)
    y = np.clip(places.imag, 0, height - 1)
    left = np.minimum(x.astype(np.int64), max(width - 2, 0))
    top = np.minimum(y.astype(np.int64), max(height - 2, 0))
    right, low = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (x - left)[..., None], (y - top)[..., None]
    row = np.arange(len(images))[:, None]
    upper = images[row, top, left] * (1 - across) + images[row, top, right] * across
    lower = images[row, low, left] * (1 - across) + images[row, low, right] * across
    colours: FloatArray = (upper * (1 - down) + lower * down).astype(np.float32)
    return colours
