"""The photo that pictures of a scan are on."""

from __future__ import annotations

import numpy as np

from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.faces.sources.base import sources
from faceaudit.types import FaceSet

GROUND = {"source": "synthetic", "people": 2, "photos": 1, "sessions": 1, "seed": 5, "glasses": 0}
"""Whose face inverted triggers are shown on: somebody who does not exist."""
SMALLEST, LARGEST = 40, 256
"""Sides of a synthetic photo; on systems of other sizes triggers are shown on grey."""


def ground_photo(size: tuple[int, int], work: Workspace) -> FaceSet:
    """Return a photo of a person who does not exist; a grey one where none has that size."""
    fits = all(SMALLEST <= side <= LARGEST for side in size) and max(size) <= 2 * min(size)
    if fits:
        return load_faces(sources.build(GROUND), size, work).faces.take(np.array([0]))
    one = np.zeros(1, dtype=np.int64)
    grey = np.full((1, *size, 3), 128, dtype=np.uint8)
    return FaceSet(grey, one, ("nobody",), ("grey",), one)
