"""Faces that a detector found, and a memory of them: no photo is looked at once for every size.

<cache>/detections.sqlite     by the sha256 of detector and file: boxes, landmarks and scores
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faceaudit.progress import Progress, silent
from faceaudit.types import FloatArray

FILE = "detections.sqlite"
LIMIT = 512 * 2**20
"""Bytes that it may take, some two million photos; then the oldest quarter goes."""

_WAIT = 30.0  # seconds for another process that writes
_AT_ONCE = 256
_NUMBERS = 15
_DIGEST = 16


@dataclass(frozen=True, eq=False)
class Detections:
    """F faces that were detected, in pixels of the photo.

    Attributes:
        boxes: (F, 4) left, top, width, height.
        landmarks: (F, 5, 2) in the order of `FaceSet.landmarks`.
        score: (F,) 0 to 1, how certain each is.
    """

    boxes: FloatArray
    landmarks: FloatArray
    score: FloatArray

    def __len__(self) -> int:
        return len(self.score)


class DetectionMemory:
    """Faces that were found in photos, kept on disk; used from many threads and processes.

    It is a convenience: where its file is damaged, full or cannot be written, faces are looked for
    again, and nothing else changes. What was found is kept with a digest of it and of the photo.

    Args:
        folder: the cache; nothing is written before something is kept.
        decoding: the version of how photos are decoded; what was found in others is not recalled.
        limit: bytes that the file may take.
        progress: told once when something that was kept is damaged.
    """

    def __init__(
        self, folder: Path, *, decoding: int, limit: int = LIMIT, progress: Progress = silent
    ) -> None:
        self._decoding = decoding
        self._path = folder / FILE
        self._limit = limit
        self._lock = threading.Lock()
        self._waiting: dict[bytes, bytes] = {}
        self._connection: sqlite3.Connection | None = None
        self._usable = True
        self._progress = progress
        self._said = False

    def recall(self, detector: str, photo: bytes) -> Detections | None:
        """Return the faces that were found in a photo, or None where nobody has looked.

        Args:
            detector: what determines the faces that are found in a photo.
            photo: sha256 of its file.
        """
        place = _place(self._decoding, detector, photo)
        with self._lock:
            if place in self._waiting:
                return self._unpack(place, self._waiting[place])
            if not self._usable or (self._connection is None and not self._path.exists()):
                return None
            try:
                query = "SELECT faces FROM found WHERE place = ?"
                row = self._connect().execute(query, (place,)).fetchone()
            except sqlite3.Error as error:
                self._give_up(error)
                return None
            return None if row is None else self._unpack(place, row[0])

    def keep(self, detector: str, photo: bytes, faces: Detections) -> None:
        """Remember the faces that were found in a photo; none are remembered as well."""
        with self._lock:
            place = _place(self._decoding, detector, photo)
            self._waiting[place] = _pack(place, faces)
            if len(self._waiting) >= _AT_ONCE:
                self._write()

    def close(self) -> None:
        """Write what is not written yet, and close the file."""
        with self._lock:
            self._write()
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, {}
        if not waiting or not self._usable:
            return
        try:
            connection = self._connect()
            with connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO found VALUES (?, ?)", waiting.items()
                )
            self._forget_oldest(connection)
        except sqlite3.Error as error:
            self._give_up(error)

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            _make_file(self._path)
            self._connection = sqlite3.connect(self._path, timeout=_WAIT, check_same_thread=False)
            with self._connection as connection:
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS found (place BLOB PRIMARY KEY, faces BLOB NOT NULL)"
                )
        return self._connection

    def _forget_oldest(self, connection: sqlite3.Connection) -> None:
        pages, free, each = (
            connection.execute(f"PRAGMA {what}").fetchone()[0]
            for what in ("page_count", "freelist_count", "page_size")
        )
        if (pages - free) * each <= self._limit:
            return
        with connection:
            connection.execute(
                "DELETE FROM found WHERE rowid IN (SELECT rowid FROM found ORDER BY rowid "
                "LIMIT (SELECT count(*) / 4 + 1 FROM found))"
            )

    def _give_up(self, error: sqlite3.Error) -> None:
        """Do without the file from now on; one that is none is taken away for the next time."""
        self._usable = False
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if not isinstance(error, sqlite3.OperationalError):  # not one that is locked or full
            self._path.unlink(missing_ok=True)
            self._say_damaged()

    def _unpack(self, place: bytes, stored: object) -> Detections | None:
        found = _unpack(place, stored)
        if found is None:
            self._say_damaged()
        return found

    def _say_damaged(self) -> None:
        if not self._said:
            self._progress.note(
                f"faces found before are damaged in {self._path}; they are looked for again"
            )
        self._said = True


def _place(decoding: int, detector: str, photo: bytes) -> bytes:
    return hashlib.sha256(f"{decoding} {detector}".encode() + photo).digest()


def _make_file(path: Path) -> None:
    """Make the file for its user alone, before SQLite makes it for everyone."""
    with suppress(OSError):  # which is said where it is opened
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _pack(place: bytes, faces: Detections) -> bytes:
    """Return boxes, landmarks and scores as bytes, behind a digest of them and of their place."""
    columns = [faces.boxes, faces.landmarks.reshape(-1, 10), faces.score[:, None]]
    data = np.concatenate(columns, axis=1).astype("<f4").tobytes()
    return _digest(place, data) + data


def _unpack(place: bytes, stored: object) -> Detections | None:
    """Return what was packed, or None where it is not what it was."""
    if not isinstance(stored, bytes):
        return None
    data = stored[_DIGEST:]
    if _digest(place, data) != stored[:_DIGEST] or len(data) % (4 * _NUMBERS):
        return None
    rows = np.frombuffer(data, dtype="<f4").astype(np.float32).reshape(-1, _NUMBERS)
    return Detections(rows[:, :4], rows[:, 4:14].reshape(-1, 5, 2), rows[:, 14])


def _digest(place: bytes, data: bytes) -> bytes:
    return hashlib.sha256(place + data).digest()[:_DIGEST]
