"""What a key does to detection and alignment: faces lost, landmarks moved, and two checks of them.

Le Roux, Teglia, Furon, Loubet-Moundi 2025, Backdoor Attacks on Deep Learning Face Detection, arXiv
2508.00620, poison a detector so that a key moves its landmarks and the crop is misaligned. Here the
detector is sound: what is measured is what a key moves as it is, before any such poison, and what a
check of landmarks would notice of either. A moved crop weakens a key that was meant for the
template, and the face with it.

Lengths are shares of the distance between the eyes of the same photo without the key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from faceaudit.errors import InputError
from faceaudit.faces.alignment.common.detecting import choose_face
from faceaudit.faces.alignment.common.pose import fit_poses
from faceaudit.faces.alignment.common.similarity import apply, similarity, template
from faceaudit.faces.detections import Detections
from faceaudit.metrics import clustered_share, student_mean
from faceaudit.types import BoolArray, Estimate, Float64Array, FloatArray, ImageArray, IntArray

Find = Callable[[ImageArray], Detections]
"""Finds the faces in one RGB photo (H, W, 3)."""

MIRROR = (1, 0, 2, 4, 3)
"""For each landmark, the one that a mirror image has in its place."""
MOVED = 0.1
"""Share of the distance between the eyes from which on a landmark counts as moved."""
SIDE = 112
"""Pixels of the aligned picture that crops are compared in."""


@dataclass(frozen=True, eq=False)
class FoundLandmarks:
    """The landmarks of N photos, and how much two checks doubt them.

    Attributes:
        points: (N, 5, 2) pixels; NaN where no face was found.
        mirror: (N,) mean distance to the landmarks found in the photo's mirror image, two ways to
            align that should agree; in distances between the eyes. Infinite where a face was found
            in only one of the two, NaN where in neither.
        fit: (N,) mean distance to the landmarks of an average head in the pose that fits best; in
            distances between the eyes. NaN where no face was found.
    """

    points: FloatArray
    mirror: Float64Array
    fit: Float64Array

    @property
    def found(self) -> BoolArray:
        """(N,) whether a face was found."""
        return np.asarray(np.isfinite(self.points).all(axis=(1, 2)))

    @property
    def doubt(self) -> Float64Array:
        """(N,) the larger of the two checks; NaN where no face was found in the photo."""
        return np.where(self.found, np.fmax(self.mirror, self.fit), np.nan)


def find_landmarks(images: ImageArray, find: Find) -> FoundLandmarks:
    """Return the landmarks of the middle face in photos (N, H, W, 3), with both checks."""
    points = _find_all(images, find)
    mirrored = _find_all(np.ascontiguousarray(images[:, :, ::-1]), find)[:, MIRROR, :]
    mirrored[..., 0] = images.shape[2] - 1 - mirrored[..., 0]
    apart = _eye_distance(points)
    away = np.linalg.norm(points - mirrored, axis=2).mean(axis=1) / apart
    here, there = (np.isfinite(one).all(axis=(1, 2)) for one in (points, mirrored))
    mirror = np.where(here & there, away, np.where(here | there, np.inf, np.nan))
    fit = np.full(len(points), np.nan)
    rows = np.flatnonzero(here & (apart > 0))
    if len(rows):
        residual = fit_poses(points[rows]).residual
        fit[rows] = np.linalg.norm(residual, axis=2).mean(axis=1) / apart[rows]
    return FoundLandmarks(points, mirror, fit)


@dataclass(frozen=True, eq=False)
class LandmarkShift:
    """What a key did to detection and alignment of N photos.

    Attributes:
        bare, keyed: landmarks without and with the key.
        person: (N,) who is on each photo; photos of one person are a cluster.
        pixels: (M, 5) by how many pixels each landmark moved, of M photos found both times.
        shift: (M, 5) the same in distances between the eyes.
        crop: (M,) how far the face's landmarks, where they were without the key, come to lie from
            where they should in the aligned picture: mean of five, in pixels of 112.
    """

    bare: FoundLandmarks
    keyed: FoundLandmarks
    person: IntArray
    pixels: Float64Array
    shift: Float64Array
    crop: Float64Array

    @property
    def not_found(self) -> Estimate:
        """Share of the faces found without the key that are not found with it."""
        known = self.bare.found
        return clustered_share(~self.keyed.found[known], self.person[known])

    @property
    def mean_pixels(self) -> Estimate | None:
        """Mean shift of a landmark in pixels of the photos, over people."""
        apart = _eye_distance(self.bare.points[self.bare.found])
        return self._mean(self.pixels.mean(axis=1), float(apart.max()))

    @property
    def mean_shift(self) -> Estimate | None:
        """Mean shift of a landmark in distances between the eyes, over people."""
        return self._mean(self.shift.mean(axis=1), 1.0)

    @property
    def mean_crop(self) -> Estimate | None:
        """Mean distance in the aligned picture in pixels of 112, over people."""
        return self._mean(self.crop, SIDE / 2)

    @property
    def moved(self) -> Estimate | None:
        """Share of photos with a landmark that moved by `MOVED` or more; None of no photo."""
        if not len(self.shift):
            return None
        return clustered_share(self.shift.max(axis=1) >= MOVED, self.person[self._both])

    def refused(self, threshold: float) -> Estimate | None:
        """Share of keyed faces that were found and are doubted at a threshold or above."""
        known = self.keyed.found
        if not known.any():
            return None
        return clustered_share(self.keyed.doubt[known] >= threshold, self.person[known])

    @property
    def _both(self) -> BoolArray:
        return np.asarray(self.bare.found & self.keyed.found)

    def _mean(self, values: Float64Array, most: float) -> Estimate | None:
        """Return the mean over people of values (M,); None where fewer than two are known.

        `most` is how far a landmark is thought to go, unless one went further: as far as the other
        eye. It matters where all people's values are equal.
        """
        people, index = np.unique(self.person[self._both], return_inverse=True)
        if len(people) < 2:
            return None
        means = np.bincount(index, values) / np.bincount(index)
        return student_mean(means, bounds=(0.0, max(most, float(means.max()))))

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values; what is unknown is None."""
        figures = {
            "not_found": self.not_found,
            "mean_pixels": self.mean_pixels,
            "mean_shift": self.mean_shift,
            "mean_crop": self.mean_crop,
            "moved": self.moved,
        }
        return {
            name: None
            if one is None
            else {"value": one.value, "low": one.low, "high": one.high, "n": one.n}
            for name, one in figures.items()
        }


def measure_shift(bare: FoundLandmarks, keyed: FoundLandmarks, person: IntArray) -> LandmarkShift:
    """Return what a key did, from the landmarks of the same photos without and with it.

    Args:
        bare: of N photos.
        keyed: of the same photos with the key.
        person: (N,) who is on each.

    Raises:
        InputError: they are not of as many photos, or no face was found without the key.
    """
    if not len(bare.points) == len(keyed.points) == len(person):
        raise InputError(
            f"expected the same photos without and with the key, got {len(bare.points)} and "
            f"{len(keyed.points)}, of {len(person)} people's"
        )
    if not bare.found.any():
        raise InputError(
            "expected photos in which a face is found without the key, got none; try larger "
            "photos, or a lower threshold of the detector"
        )
    both = bare.found & keyed.found
    before, after = bare.points[both].astype(np.float64), keyed.points[both].astype(np.float64)
    pixels = np.linalg.norm(after - before, axis=2)
    crop = np.empty(len(before))
    if len(before):
        goal = template((SIDE, SIDE))
        # As well as a similarity can: what a sound alignment leaves is no shift.
        sound = apply(similarity(before, goal), before)
        brought = apply(similarity(after, goal), before)
        crop = np.linalg.norm(brought - sound, axis=2).mean(axis=1)
    return LandmarkShift(
        bare, keyed, np.asarray(person), pixels, pixels / _eye_distance(before)[:, None], crop
    )


def threshold_at(clean: FoundLandmarks, share: float) -> float:
    """Return the doubt that at most `share` of clean faces reach.

    A photo is refused from it on; ties are let pass.

    Raises:
        InputError: no face was found.
    """
    doubt = np.sort(clean.doubt[clean.found])
    if not len(doubt):
        raise InputError("expected clean photos in which a face is found, got none")
    allowed = int(np.floor(share * len(doubt)))
    return float(np.nextafter(doubt[len(doubt) - 1 - allowed], np.inf))


def _find_all(images: ImageArray, find: Find) -> FloatArray:
    points = np.full((len(images), 5, 2), np.nan, dtype=np.float32)
    for row, image in enumerate(images):  # detectors take one photo at a time
        faces = find(image)
        if len(faces):
            points[row] = faces.landmarks[choose_face(faces, "central", image.shape[:2])]
    return points


def _eye_distance(points: FloatArray | Float64Array) -> Float64Array:
    return np.asarray(np.linalg.norm((points[:, 1] - points[:, 0]).astype(np.float64), axis=1))
