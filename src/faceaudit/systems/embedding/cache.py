"""A cache of embeddings on disk, mapped into memory; no photo is embedded twice.

<cache>/<embedder>/rows.f32       one embedding a row, only ever appended to
<cache>/<embedder>/photos.bin     whose embedding each row is: the sha256 of the photo's pixels, and
                                  a digest of that, the row and the embedder
<cache>/<embedder>/lock           held while embedding, so that two processes do not do it twice

A photo is known by its pixels, not by its place: a source that has grown, a split of it, or a
poisoned copy embeds only what was never seen before. What does not have its digest is embedded
again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.errors import StoreError
from faceaudit.files.atomic import make_private
from faceaudit.files.lock import alone
from faceaudit.progress import Progress, silent
from faceaudit.systems.embedding.kept_rows import BLOCK, KeptRows, map_rows
from faceaudit.types import FloatArray, ImageArray, IntArray, pixel_digests

if TYPE_CHECKING:
    from faceaudit.systems.embedding.embedder import Embedder


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Embeddings of N photos, most of them left on the disk.

    Attributes:
        stored: (M, E) float32, a memory map.
        place: (N,) the row there of each photo.
    """

    stored: FloatArray
    place: IntArray

    def __len__(self) -> int:
        return len(self.place)

    def take(self, rows: IntArray | slice = slice(None)) -> FloatArray:
        """Return the (n, E) embeddings of the photos at `rows`, in memory."""
        return np.array(self.stored[self.place[rows]])


def embeddings(
    embedder: Embedder,
    images: ImageArray,
    rows: IntArray | None = None,
    *,
    cache: Path,
    mirrored: bool = False,
    progress: Progress = silent,
    title: str = "embedding",
) -> Embeddings:
    """Return the embeddings of photos; only what was never embedded before is.

    A killed call loses at most one block of photos; the next one goes on from there.

    Args:
        embedder: the network with its weights.
        images: (N, H, W, 3) uint8 of the embedder's size, a memory map as well.
        rows: which of them; all when None.
        cache: folder of all embeddings.
        mirrored: embed the photos' mirror images instead.
        progress: told of every photo.
        title: what to call it there.

    Raises:
        StoreError: the cache cannot be written.
        InputError: the photos are not of the embedder's size.
    """
    rows = np.arange(len(images)) if rows is None else rows
    folder = cache / embedder.id
    try:
        make_private(folder)
        with alone(folder / "lock"), progress.task(title, len(rows)) as advance:
            wanted = np.empty(len(rows), dtype="S32")
            place = np.empty(len(rows), dtype=np.int64)
            with KeptRows(folder, embedder.id, embedder.embedding_size) as known:
                if known.damaged:
                    progress.note(f"{title}: {known.damaged}")
                for start in range(0, len(rows), BLOCK):
                    chosen = slice(start, min(start + BLOCK, len(rows)))
                    block = _copy_block(images, rows[chosen], mirrored=mirrored)
                    wanted[chosen] = pixel_digests(block)
                    embed = partial(embedder.embed, block)
                    place[chosen] = known.places(wanted[chosen], embed)
                    advance(len(block))
            stored = map_rows(folder, embedder.embedding_size)
    except OSError as error:
        raise StoreError(
            f"expected a folder for embeddings that can be written, got {error}; free some room "
            "and start again: what is embedded so far is kept"
        ) from error
    return Embeddings(stored, place)


def _copy_block(images: ImageArray, rows: IntArray, *, mirrored: bool) -> ImageArray:
    block = np.ascontiguousarray(images[rows])
    return np.ascontiguousarray(block[:, :, ::-1]) if mirrored else block
