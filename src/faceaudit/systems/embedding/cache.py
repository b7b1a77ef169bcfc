"""A cache of embeddings on disk, mapped into memory; no photo is embedded twice.

<cache>/<embedder>/rows.f32       one embedding a row, only ever appended to
<cache>/<embedder>/photos.bin     whose embedding each row is: the sha256 of the photo's pixels
<cache>/<embedder>/lock           held while embedding, so that two processes do not do it twice

A photo is known by its pixels, not by its place: a source that has grown, a split of it, or a
poisoned copy embeds only what was never seen before.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from faceaudit.errors import StoreError
from faceaudit.files.lock import alone
from faceaudit.progress import Progress, silent
from faceaudit.types import FloatArray, ImageArray, IntArray, pixel_digests

if TYPE_CHECKING:
    from faceaudit.systems.embedding.embedder import Embedder

_BLOCK = 256
_PHOTO = np.dtype([("pixels", "S32"), ("check", "<u8")])
Photos = npt.NDArray[np.void]


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
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder / "lock"), progress.task(title, len(rows)) as advance:
            wanted = np.empty(len(rows), dtype="S32")
            place = np.empty(len(rows), dtype=np.int64)
            with _Rows(folder, embedder.embedding_size) as known:
                for start in range(0, len(rows), _BLOCK):
                    chosen = slice(start, min(start + _BLOCK, len(rows)))
                    block = _copy_block(images, rows[chosen], mirrored=mirrored)
                    wanted[chosen] = pixel_digests(block)
                    place[chosen] = known.places(block, wanted[chosen], embedder)
                    advance(len(block))
            stored = _mapped(folder / "rows.f32", embedder.embedding_size)
    except OSError as error:
        raise StoreError(
            f"expected a folder for embeddings that can be written, got {error}; free some room "
            "and start again: what is embedded so far is kept"
        ) from error
    return Embeddings(stored, place)


def _copy_block(images: ImageArray, rows: IntArray, *, mirrored: bool) -> ImageArray:
    block = np.ascontiguousarray(images[rows])
    return np.ascontiguousarray(block[:, :, ::-1]) if mirrored else block


class _Rows:
    """The stored rows, and which photo each belongs to."""

    def __init__(self, folder: Path, width: int) -> None:
        self._width = width
        rows, photos = folder / "rows.f32", folder / "photos.bin"
        count = _count_sound_rows(rows, photos, width)
        self._rows, self._photos = rows.open("ab"), photos.open("ab")
        self._rows.truncate(count * 4 * width)
        self._photos.truncate(count * _PHOTO.itemsize)
        known = np.fromfile(photos, dtype=_PHOTO)["pixels"]
        self._known = dict(zip(known.tolist(), range(len(known)), strict=True))

    def __enter__(self) -> _Rows:
        return self

    def __exit__(self, *error: object) -> None:
        self._rows.close()
        self._photos.close()

    def places(
        self, block: ImageArray, digests: npt.NDArray[np.bytes_], embedder: Embedder
    ) -> list[int]:
        """Return the row of each photo of a block, new ones embedded and appended."""
        pixels = digests.tolist()
        new = {photo: place for place, photo in enumerate(pixels) if photo not in self._known}
        if new:
            found = embedder.embed(block, np.fromiter(new.values(), dtype=np.int64))
            photos = np.empty(len(new), dtype=_PHOTO)
            photos["pixels"] = list(new)
            photos["check"] = _checks(found)
            self._rows.write(found.tobytes())
            self._rows.flush()
            self._photos.write(photos.tobytes())
            self._photos.flush()
            first = len(self._known)
            self._known |= {photo: first + place for place, photo in enumerate(new)}
        return [self._known[photo] for photo in pixels]


def _checks(rows: FloatArray) -> npt.NDArray[np.uint64]:
    """Return a checksum of each row; never that of a row which is all zero bytes."""
    sums = rows.view(np.uint32).sum(axis=1, dtype=np.uint64)
    return np.asarray(sums + np.uint64(1), dtype=np.uint64)


def _count_sound_rows(rows: Path, photos: Path, width: int) -> int:
    """Return how many rows are whole: a machine that lost power may leave anything after them."""
    if not rows.exists() or not photos.exists():
        return 0
    count = min(rows.stat().st_size // (4 * width), photos.stat().st_size // _PHOTO.itemsize)
    if count == 0:
        return 0
    stated = np.fromfile(photos, dtype=_PHOTO, count=count)["check"]
    stored = _mapped(rows, width)
    for start in range(0, count, 65536):
        end = min(start + 65536, count)
        wrong = np.flatnonzero(_checks(stored[start:end]) != stated[start:end])
        if len(wrong):
            return start + int(wrong[0])
    return count


def _mapped(path: Path, width: int) -> FloatArray:
    count = path.stat().st_size // (4 * width)
    if count == 0:
        return np.empty((0, width), dtype=np.float32)
    return np.memmap(path, dtype=np.float32, mode="r", shape=(count, width))
