"""A filter of inputs: something that covers the face, or landmarks where none should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.errors import InputError
from faceaudit.mitigations.backdoor.base import (
    InputFilter,
    PhotoScore,
    SeenPhotos,
    backdoor_mitigations,
)
from faceaudit.mitigations.backdoor.common.face_frame import FaceFrame
from faceaudit.mitigations.backdoor.common.outlying import NORMAL
from faceaudit.systems.identifiers.base import System
from faceaudit.types import Float64Array, FloatArray, ImageArray

TINY = 1e-6


@backdoor_mitigations.register
class Occlusion(InputFilter):
    """A photo is suspected where a part of the face looks like no clean face's.

    Colours are read at the same places of every face, by its landmarks, and each photo's are
    rebuilt from the principal components of clean ones. What a square of `window` places leaves
    unexplained, against what clean photos leave there, is how much it is covered; the worst square
    counts, or how far landmarks lie from where a face has them, whichever is more. Half of the
    clean photos give the components, the others what is usual. Clean people who wear glasses are
    among them: spectacles are then explained, and not counted as a cover.

    It asks nothing of the system. A photo without landmarks is read where faces usually lie.
    """

    name: ClassVar[str] = "occlusion"
    paper: ClassVar[str] = (
        "ours, of 2026; faces rebuilt from principal components as of Turk, Pentland 1991, "
        "Eigenfaces for recognition, places by landmarks as of Cootes, Edwards, Taylor 2001, "
        "Active appearance models"
    )
    clean_photos: ClassVar[int] = 1
    other_photos: ClassVar[int | None] = 8
    needs_landmarks: ClassVar[bool] = True

    places: int = Field(20, ge=4, le=64, description="places along a side of the grid")
    window: int = Field(5, ge=1, description="places along a side of a square that may be covered")
    components: int = Field(60, ge=1, description="principal components of clean faces, at most")

    def fit(self, system: System, clean: SeenPhotos, rng: np.random.Generator) -> PhotoScore:
        """Return how much of a face is covered, in standard deviations of clean photos.

        Raises:
            InputError: fewer than eight clean photos with landmarks.
        """
        del system
        known = np.zeros(0, dtype=np.int64)
        if clean.landmarks is not None:
            known = np.flatnonzero(np.isfinite(clean.landmarks).all(axis=(1, 2)))
        if len(known) < 8:
            raise InputError(
                f"expected at least 8 clean photos with landmarks, got {len(known)}; try more "
                "clean photos, or a source or a way to align that finds landmarks"
            )
        assert clean.landmarks is not None
        order = rng.permutation(known)
        first, second = np.sort(order[::2]), np.sort(order[1::2])
        frame = FaceFrame.of(clean.landmarks[known], self.places)
        taught, _ = frame.colours(clean.images[first], clean.landmarks[first])
        flat = taught.reshape(len(first), -1).astype(np.float64)
        mean = flat.mean(axis=0)
        few = min(self.components, max(1, len(first) // 3))
        axes = np.linalg.svd(flat - mean, full_matrices=False)[2][:few]
        face = _Face(frame, self.places, min(self.window, self.places), mean, axes)
        squares, shape = face.measure(clean.images[second], clean.landmarks[second])
        usual, usual_shape = np.asarray(np.median(squares, axis=0)), float(np.median(shape))
        unit = NORMAL * np.median(np.abs(squares - usual), axis=0)
        unit = np.maximum(unit, 0.1 * unit.mean() + TINY)
        unit_shape = max(
            NORMAL * float(np.median(np.abs(shape - usual_shape))), 0.1 * usual_shape, TINY
        )

        def score(images: ImageArray, landmarks: FloatArray | None) -> FloatArray:
            covered, moved = face.measure(images, landmarks)
            worst = ((covered - usual) / unit).max(axis=1)
            found: FloatArray = np.maximum(worst, (moved - usual_shape) / unit_shape)
            return found.astype(np.float32)

        return score


@dataclass(frozen=True, eq=False)
class _Face:
    """What clean faces are made of.

    Attributes:
        frame: where colours are read.
        places, window: sides of the grid and of a square.
        mean: (P,) colours.
        axes: (C, P) principal components.
    """

    frame: FaceFrame
    places: int
    window: int
    mean: Float64Array
    axes: Float64Array

    def measure(
        self, images: ImageArray, landmarks: FloatArray | None
    ) -> tuple[Float64Array, Float64Array]:
        """Return (N, W) logs of what squares leave unexplained, and (N,) of shifted landmarks."""
        colours, away = self.frame.colours(images, landmarks)
        flat = colours.reshape(len(images), -1) - self.mean
        left = flat - flat @ self.axes.T @ self.axes
        cells = (left**2).reshape(len(images), self.places, self.places, 3).mean(axis=3)
        sums = np.zeros((len(images), self.places + 1, self.places + 1))
        sums[:, 1:, 1:] = cells.cumsum(axis=1).cumsum(axis=2)
        w = self.window
        squares = sums[:, w:, w:] - sums[:, :-w, w:] - sums[:, w:, :-w] + sums[:, :-w, :-w]
        mean = np.maximum(squares, 0).reshape(len(images), -1) / w**2
        moved: Float64Array = np.linalg.norm(away.reshape(len(images), -1), axis=1)
        return np.log(mean + 1e-6), moved.astype(np.float64)
