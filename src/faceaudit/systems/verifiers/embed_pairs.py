"""The photos that pairs name, as several backbones see them, from the cache of embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from faceaudit.errors import InputError
from faceaudit.faces.pairs.read import photo_rows
from faceaudit.progress import Progress, silent
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.systems.verifiers.pairs import EmbeddedPairs, common_space
from faceaudit.types import FaceSet, PairSet


def embed_pairs(
    embedders: Sequence[Embedder],
    faces: Sequence[FaceSet],
    pairs: PairSet,
    *,
    cache: Path,
    progress: Progress = silent,
) -> EmbeddedPairs:
    """Return pairs of photos embedded by K backbones; what was embedded before is not again.

    Args:
        embedders: K backbones.
        faces: K times the same photos, each at its backbone's size.
        pairs: pairs of them; only the photos that they name are embedded.
        cache: folder of all embeddings.
        progress: told of every photo.

    Raises:
        InputError: not as many faces as backbones, or not the same photos in each.
        PairsError: a pair names a photo that the faces lack.
    """
    if len(faces) != len(embedders) or len({one.ids for one in faces}) != 1:
        raise InputError(
            "expected the same photos for each backbone, got "
            f"{[len(one) for one in faces]} of them for {len(embedders)} backbones"
        )
    used, places = np.unique(np.stack(photo_rows(pairs, faces[0])), return_inverse=True)
    first, second = places.reshape(2, -1)
    embedded = [
        embeddings(
            embedder,
            one.images,
            used,
            cache=cache,
            progress=progress,
            title=f"embedding by {embedder.network.name}",
        ).take()
        for embedder, one in zip(embedders, faces, strict=True)
    ]
    names = tuple(embedder.network.name for embedder in embedders)
    return EmbeddedPairs(common_space(embedded), first, second, pairs.same, names)
