"""Embeddings of a protocol's photos, combined with those of their mirror images."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from faceaudit.metrics import normalized
from faceaudit.progress import Progress, silent
from faceaudit.registry import Options
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.types import FaceSet, FloatArray, IntArray


class Templates(Options):
    """The vector of a photo that is compared: its embedding, or that with its mirror image's."""

    flip: Literal["none", "sum", "concatenate"] = Field(
        "none",
        description="the embedding of the photo alone, its sum with that of the mirror image, or "
        "both one after the other",
    )

    def embed(
        self,
        embedder: Embedder,
        faces: FaceSet,
        rows: IntArray,
        *,
        cache: Path,
        progress: Progress = silent,
    ) -> FloatArray:
        """Return the (n, E) vectors of the photos at `rows`, not normalised.

        Args:
            embedder: the network with its weights.
            faces: photos of the embedder's size.
            rows: (n,) those to embed.
            cache: folder of all embeddings; nothing in it is computed again.
            progress: told of every photo.

        Raises:
            InputError: the photos are not of the embedder's size.
        """
        both = [
            embeddings(
                embedder, faces.images, rows, cache=cache, mirrored=mirrored, progress=progress
            ).take()
            for mirrored in ((False,) if self.flip == "none" else (False, True))
        ]
        if self.flip == "sum":
            return np.asarray(both[0] + both[1], dtype=np.float32)
        if self.flip == "concatenate":
            return np.concatenate([normalized(part) for part in both], axis=1).astype(np.float32)
        return both[0]


def about(embedder: Embedder, faces: FaceSet) -> dict[str, Any]:
    """Return the facts that figures of an embedder on faces rest on."""
    return {
        "network": embedder.network.spec().as_json(),
        "weights": embedder.weights_digest,
        "faces": faces.fingerprint,
    }
