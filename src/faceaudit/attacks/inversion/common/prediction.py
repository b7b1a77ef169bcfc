"""Latents that templates let expect: a linear map, learned on other people."""

from __future__ import annotations

import numpy as np

from faceaudit.attacks.inversion.generators.base import LatentSpace
from faceaudit.metrics import normalized
from faceaudit.systems.embedding.adapter import LinearMap, nearness
from faceaudit.types import FaceSet, FloatArray


def predict_latents(
    space: LatentSpace, learned: FaceSet, templates: FloatArray, stolen: FloatArray
) -> FloatArray | None:
    """Return the (T, D) latents that stolen templates let expect; None where photos have none.

    Ridge regression of the latents of the learned people's photos on their templates. What a
    template does not tell of is predicted as in the average face.

    Args:
        space: whose latents.
        learned: photos of people who are not attacked, at the space's size.
        templates: (N, E) theirs.
        stolen: (T, E).
    """
    latents = space.latents(learned.images)
    if latents is None:
        return None
    found = LinearMap.ridge(normalized(templates), latents, learned.identity, nearness)
    return np.asarray(found.apply(normalized(stolen)), dtype=np.float32)
