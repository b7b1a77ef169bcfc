"""The two files of a cache of embeddings: only appended to, and checked before they are used."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from faceaudit.files.atomic import open_atomically
from faceaudit.files.sealed import append_private, remove_parts
from faceaudit.types import FloatArray, IntArray

BLOCK = 256
"""Photos that are embedded and appended at once."""

_ROWS, _PHOTOS = "rows.f32", "photos.bin"
_PHOTO = np.dtype([("pixels", "S32"), ("check", "S16")])
_AT_ONCE = 65536

_SYNC = 5.0
"""Seconds after which what was appended is also brought to the disk itself: a power cut takes what
came since, and what it leaves is checked like all the rest."""

_Looks = tuple[tuple[int, int, int, int, int], ...]
_sound: dict[Path, tuple[_Looks, int]] = {}
"""How the files of a folder looked when this process knew so many of their rows to be sound."""
_synced: dict[Path, float] = {}


class KeptRows:
    """Embeddings on the disk, and which photo each belongs to; for one process at a time.

    The rows are checked when they are opened: a process checks them all once, and then those that
    others have added. From the first that does not have its digest on, they are dropped. Files that
    lose rows are replaced rather than cut, as other processes may have mapped them.

    Args:
        folder: of both files.
        embedder: its id; the rows of another are not believed.
        width: numbers of an embedding.

    Attributes:
        damaged: what to say of rows that had to go; empty when none had to. What a killed process
            left unfinished is not spoken of.

    Raises:
        OSError: the files cannot be read or written.
    """

    def __init__(self, folder: Path, embedder: str, width: int) -> None:
        self._folder, self._width = folder, width
        self._begin = hashlib.sha256(embedder.encode())
        self._new = False
        rows, photos = folder / _ROWS, folder / _PHOTOS
        for path in (rows, photos):
            remove_parts(path)
        sizes = _size(rows), _size(photos)
        known = self._sound_photos(min(sizes[0] // (4 * width), sizes[1] // _PHOTO.itemsize))
        had = max(sizes[1] // _PHOTO.itemsize, sizes[0] // (4 * width) - BLOCK)
        lost = had - len(known)
        self.damaged = (
            f"{lost:,} of {had:,} embeddings that were kept are damaged; what is asked for of them "
            "is embedded again"
            if lost > 0
            else ""
        )
        _cut(rows, len(known) * 4 * width)
        _cut(photos, len(known) * _PHOTO.itemsize)
        self._rows, self._photos = append_private(rows), append_private(photos)
        pixels = known["pixels"].tolist()
        self._known = dict(zip(pixels, range(len(pixels)), strict=True))
        self._count = len(pixels)

    def __enter__(self) -> KeptRows:
        return self

    def __exit__(self, *error: object) -> None:
        folder, now = self._folder.absolute(), time.monotonic()
        due = self._new and now - _synced.get(folder, -_SYNC) >= _SYNC
        for file in (self._rows, self._photos):
            if due:
                os.fsync(file.fileno())
            file.close()
        if due:
            _synced[folder] = now
        _sound[folder] = _looks(folder), self._count

    def places(
        self,
        photos: npt.NDArray[np.bytes_],
        embed: Callable[[IntArray], FloatArray],
    ) -> list[int]:
        """Return the row of each photo of a block, new ones embedded and appended.

        Args:
            photos: (B,) sha256 of each one's pixels.
            embed: gives the (n, E) embeddings of the n photos at some places of the block.
        """
        pixels = photos.tolist()
        new = {photo: place for place, photo in enumerate(pixels) if photo not in self._known}
        if new:
            found = embed(np.fromiter(new.values(), dtype=np.int64))
            added = np.empty(len(new), dtype=_PHOTO)
            added["pixels"] = list(new)
            added["check"] = self._checks(added["pixels"], found)
            _append(self._rows, found.tobytes())
            _append(self._photos, added.tobytes())
            first, self._new = self._count, True
            self._count += len(new)
            self._known |= {photo: first + place for place, photo in enumerate(new)}
        return [self._known[photo] for photo in pixels]

    def _checks(self, pixels: npt.NDArray[np.bytes_], rows: FloatArray) -> list[bytes]:
        """Return a digest of each row with the photo and the embedder that it belongs to."""
        checks = []
        for photo, row in zip(pixels.tolist(), rows, strict=True):
            whole = self._begin.copy()
            whole.update(photo)
            whole.update(np.ascontiguousarray(row).data)
            checks.append(whole.digest()[:16])
        return checks

    def _sound_photos(self, count: int) -> npt.NDArray[np.void]:
        """Return the photos of the rows up to the first that is not what was written."""
        if count == 0:
            return np.empty(0, dtype=_PHOTO)
        photos = np.fromfile(self._folder / _PHOTOS, dtype=_PHOTO, count=count)
        stored = map_rows(self._folder, self._width)
        for start in range(self._known_to_be_sound(), count, _AT_ONCE):
            some = slice(start, min(start + _AT_ONCE, count))
            checks = np.array(self._checks(photos["pixels"][some], stored[some]), dtype="S16")
            wrong = np.flatnonzero(checks != photos["check"][some])
            if len(wrong):
                return photos[: start + int(wrong[0])]
        return photos

    def _known_to_be_sound(self) -> int:
        """Return how many rows this process need not check: the files are the same, or grew."""
        before, count = _sound.get(self._folder.absolute(), ((), 0))
        now = _looks(self._folder)
        grew = all(
            one[:2] == other[:2] and one[2] < other[2]
            for one, other in zip(before, now, strict=False)
        )
        return count if before and (grew or before == now) else 0


def map_rows(folder: Path, width: int) -> FloatArray:
    """Return the (M, E) float32 rows of a folder, mapped into memory.

    Raises:
        OSError: the file cannot be read.
    """
    path = folder / _ROWS
    count = path.stat().st_size // (4 * width)
    if count == 0:
        return np.empty((0, width), dtype=np.float32)
    return np.memmap(path, dtype=np.float32, mode="r", shape=(count, width))


def _append(file: BinaryIO, data: bytes) -> None:
    file.write(data)
    file.flush()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _cut(path: Path, size: int) -> None:
    """Keep the first bytes of a file; as another file where there are more."""
    if _size(path) <= size:
        return
    with path.open("rb") as old, open_atomically(path) as new:
        left = size
        while left and (piece := old.read(min(left, 1 << 20))):
            new.write(piece)
            left -= len(piece)


def _looks(folder: Path) -> _Looks:
    return tuple(
        (at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns)
        for at in ((folder / name).stat() for name in (_ROWS, _PHOTOS))
    )
