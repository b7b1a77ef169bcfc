"""Embedding pairs of photos by several backbones, through the cache of embeddings."""

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
    """Return pairs of photos embedded by K backbones; photos in the cache are not embedded again.

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
    if len(faces) != len(embedders) or len({photos.ids for photos in faces}) != 1:
        raise InputError(
            "expected the same photos for each backbone, got "
            f"{[len(photos) for photos in faces]} of them for {len(embedders)} backbones"
        )
    used, index = np.unique(np.stack(photo_rows(pairs, faces[0])), return_inverse=True)
    first, second = index.reshape(2, -1)
    embedded = [
        embeddings(
            embedder,
            photos.images,
            used,
            cache=cache,
            progress=progress,
            title=f"embedding by {embedder.network.name}",
        ).take()
        for embedder, photos in zip(embedders, faces, strict=True)
    ]
    names = tuple(embedder.network.name for embedder in embedders)
    return EmbeddedPairs(common_space(embedded), first, second, pairs.same, names)
