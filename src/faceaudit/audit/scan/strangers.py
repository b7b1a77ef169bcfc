"""Strangers: people whom a system does not know."""

from __future__ import annotations

import numpy as np

from faceaudit.errors import InputError
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.types import FaceSet


def drawn_strangers(faces: FaceSet, names: tuple[str, ...], count: int, seed: int) -> FaceSet:
    """Return photos of people whom a system does not know, a first of everybody before a second.

    Raises:
        InputError: everybody is known to it by name.
    """
    known = np.isin(faces.names, names)[faces.identity]
    rows = np.flatnonzero(~known)
    if len(rows) < 2:
        raise InputError(
            "expected photos of people whom the system does not know, got those whom it names; "
            "give others in strangers"
        )
    photo = seeded_order([faces.ids[row] for row in rows], seed)
    order = np.lexsort((photo, faces.identity[rows]))
    _, start = np.unique(faces.identity[rows][order], return_index=True)
    rank = np.empty(len(rows), dtype=np.int64)
    rank[order] = np.arange(len(rows)) - np.repeat(start, np.diff(np.append(start, len(rows))))
    person = seeded_order(faces.names, seed)[faces.identity[rows]]
    return faces.take(np.sort(rows[np.lexsort((person, rank))[:count]]))
