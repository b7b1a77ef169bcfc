"""A check that a face is not covered: what a few principal components cannot rebuild."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from faceaudit.mitigations.enrolment.base import (
    EnrolmentMitigation,
    Enrolments,
    Point,
    enrolment_mitigations,
)
from faceaudit.mitigations.enrolment.common.limit import (
    FEWEST,
    check_people,
    limit_of,
    refused_at_least,
)
from faceaudit.types import BoolArray, Float64Array, FloatArray, ImageArray

SIDE = 28
"""Pixels of the side that faces are averaged down to: covers are large, and few photos suffice."""
FOLDS = 5
MOST = 1_000
"""Photos that it learns from at most, and that are averaged down at once."""


@dataclass(frozen=True, eq=False)
class Faces:
    """What clean faces look like.

    Attributes:
        mean: (F,) pixels of the average face.
        components: (k, F) orthonormal directions in which clean faces differ.
        threshold: the largest mistake of a face that is let in.
    """

    mean: FloatArray
    components: FloatArray
    threshold: float


@enrolment_mitigations.register
class OcclusionCheck(EnrolmentMitigation):
    """Refuses a photo when a block of its face is unlike anything that clean faces have there.

    Principal components of clean photos rebuild a face, and the largest mistake over blocks of the
    face counts. The threshold is a rank of that of clean photos, each rebuilt by components of
    others (five folds), so that a further clean photo is refused as seldom as was asked for.
    """

    name: ClassVar[str] = "occlusion_check"
    paper: ClassVar[str] = (
        "after Park, Oh, Ahn, Lee 2005, Glasses removal from facial image using recursive error "
        "compensation (TPAMI 27), for telling what covers a face by what principal components of "
        "bare faces cannot rebuild; here one round, and a threshold"
    )

    fewest: ClassVar[int] = FEWEST

    components: int = Field(40, ge=1, description="principal components at most")
    refused: float = Field(
        0.02, gt=0, lt=0.5, description="the share of clean photos that may be refused"
    )

    def known_by(self, attack: Mapping[str, Any], networks: int) -> bool:
        """Return whether the face shines through the pattern."""
        del networks
        return bool("steps" in attack and attack.get("opacity", 1) < 1)

    def promised(self, people: int) -> float:
        """Return the share that so many people can hold it to."""
        return refused_at_least(self.refused, min(people, MOST))

    def fit(self, clean: Enrolments) -> Faces:
        """Return components and threshold.

        Raises:
            InputError: fewer than 20 photos.
        """
        check_people(len(clean))
        chosen = np.linspace(0, len(clean) - 1, min(len(clean), MOST)).round().astype(int)
        pixels = _reduced(clean.images[chosen])
        fold = np.arange(len(pixels)) % FOLDS
        held = [
            _mistakes(pixels[fold == one], self._learn(pixels[fold != one])) for one in range(FOLDS)
        ]
        faces = self._learn(pixels)
        return Faces(faces.mean, faces.components, limit_of(np.concatenate(held), self.refused))

    def _learn(self, pixels: FloatArray) -> Faces:
        """Return the components of some faces, without a threshold."""
        mean = pixels.mean(axis=0)
        directions = np.linalg.svd(pixels - mean, full_matrices=False)[2]
        return Faces(mean, directions[: min(self.components, len(pixels) // 2)], np.inf)

    def refuses(self, offered: Enrolments, fitted: object, point: Point) -> BoolArray:
        """Return which photos have a block that cannot be rebuilt."""
        del point
        assert isinstance(fitted, Faces)
        return _mistakes(_reduced(offered.images), fitted) > fitted.threshold


def _reduced(images: ImageArray) -> FloatArray:
    """Return (N, F) small pictures as rows, of one mean and spread each: light is no cover."""
    blocks = [
        _averaged(images[first : first + MOST]) for first in range(0, max(len(images), 1), MOST)
    ]
    flat = np.concatenate(blocks)
    centred = flat - flat.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(centred.std(axis=1, keepdims=True), 1), np.float32)


def _averaged(images: ImageArray) -> FloatArray:
    """Return (N, F) pictures averaged down, as rows."""
    # Smaller pictures have each pixel several times.
    rows, columns = (np.arange(SIDE) * side // SIDE for side in images.shape[1:3])
    sums = np.add.reduceat(
        np.add.reduceat(images.astype(np.float32), rows, axis=1), columns, axis=2
    )
    taken = [
        np.maximum(np.diff(starts, append=side), 1)
        for starts, side in zip((rows, columns), images.shape[1:3], strict=True)
    ]
    counts = np.outer(*taken).astype(np.float32)
    return np.asarray(sums / counts[..., None], np.float32).reshape(len(images), -1)


def _mistakes(pixels: FloatArray, faces: Faces) -> Float64Array:
    """Return (N,) the largest mean square mistake of a block of 4 x 4 within the face's middle."""
    centred = pixels - faces.mean
    left = centred - centred @ faces.components.T @ faces.components
    squares = (left.reshape(-1, SIDE, SIDE, 3) ** 2).mean(axis=3)
    blocks = squares.reshape(-1, SIDE // 4, 4, SIDE // 4, 4).mean(axis=(2, 4))
    # The outermost blocks show hair and background, which no component knows.
    return np.asarray(blocks[:, 1:-1, 1:-1].max(axis=(1, 2)), dtype=np.float64)
