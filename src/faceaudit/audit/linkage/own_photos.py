"""The attacker's own photos that are in both databases."""

from __future__ import annotations

import numpy as np

from faceaudit.faces.seeded_order import seeded_order
from faceaudit.types import FaceSet, IntArray


def own_photos(faces: FaceSet, learned: IntArray, photos: int, seed: int) -> IntArray:
    """Return the rows of so many photos of those who are learned from; fewer are the first of more.

    Args:
        faces: all of them.
        learned: rows of the photos of those who are learned from.
        photos: how many.
        seed: draws them.
    """
    order = seeded_order([faces.ids[row] for row in learned.tolist()], seed)
    return np.sort(learned[np.argsort(order)[:photos]])
