"""Which photos of others are most like those of the target, in the eyes of simple features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import SplitError
from faceaudit.types import FaceSet, FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    from sklearn import decomposition, discriminant_analysis

    from faceaudit.faces import hand_made, small_photos
else:
    decomposition = deferred("sklearn.decomposition")
    discriminant_analysis = deferred("sklearn.discriminant_analysis")
    hand_made = deferred("faceaudit.faces.hand_made")
    small_photos = deferred("faceaudit.faces.small_photos")

SIDE = 12
"""Longer side, in pixels, of the small photos that are compared beside directions of edges."""
COMPONENTS = 60
"""Principal components of these features that are kept: directions in which few photos differ tell
nothing of people."""


def by_likeness(
    faces: FaceSet, rows: IntArray, donors: IntArray, target: int, *, look: bool = True
) -> IntArray:
    """Return `rows` in another order: photos that are most easily taken for the target come first.

    Linear discriminants of small pixels and of the directions of edges (Belhumeur, Hespanha,
    Kriegman 1997, Eigenfaces vs. Fisherfaces) are fitted on the attacker's own photos. A photo
    comes the earlier, the more likely the target is beside the likeliest other person.

    Args:
        faces: all faces.
        rows: photos of people other than the target.
        donors: all photos that the attacker has, some of the target among them.
        target: index of the target in `faces.names`.
        look: whether to look at pixels; without, `rows` stay as they are.

    Raises:
        SplitError: the attacker has no photo of the target.
    """
    if not (faces.identity[donors] == target).any():
        raise SplitError(
            "expected photos of the target among the donors, to find people who look alike, got "
            "none; try a smaller `split.train`, or wearers: anybody"
        )
    if not len(rows) or not look:
        return rows
    known = _features(faces.images[donors])
    axes = decomposition.PCA(min(COMPONENTS, *known.shape), svd_solver="full").fit(known)
    told = discriminant_analysis.LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    told.fit(axes.transform(known), faces.identity[donors])
    scores = told.decision_function(axes.transform(_features(faces.images[rows])))
    if scores.ndim == 1:  # of two people: the second one's
        scores = np.stack([-scores, scores], axis=1)
    place = int(np.flatnonzero(told.classes_ == target)[0])
    own = scores[:, place].copy()
    scores[:, place] = -np.inf
    return rows[np.argsort(scores.max(axis=1) - own, kind="stable")]


def _features(images: ImageArray) -> FloatArray:
    pixels = small_photos.small_photos(images, SIDE) / 255
    found: FloatArray = np.concatenate([pixels, hand_made.gradients(images)], axis=1)
    return found
