"""Answers kept on the disk, each as soon as it is there, so that nothing is asked twice.

<folder>/answers.log   a line an answer: the CRC-32 of the rest of the line, and the answer as JSON
<folder>/lock          held while asking, so that two processes do not ask the same

The file is only ever appended to. A killed process loses nothing that was answered; a power cut at
most what came in the second before. A line that was cut short is taken away, and one whose
checksum is wrong is passed over: what stood there is asked again.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faceaudit.errors import StoreError
from faceaudit.files.lock import alone
from faceaudit.systems.under_test.common.answer import Answer, answer_line

_SYNC = 1.0
"""Seconds after which what was written is also brought to the disk itself."""

_CRC = 8
_Place = tuple[int, int]


class AnswerLog:
    """The answers of one system.

    Args:
        folder: of these answers alone; made when it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "answers.log"
        self._places: dict[str, _Place] = {}
        self._read = 0
        self._descriptor = -1
        self._synced = time.monotonic()
        if self.path.exists():
            self._index()

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        return key in self._places

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Let answers be added, by this process alone, while the block lasts.

        Raises:
            StoreError: the folder cannot be written.
        """
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with alone(folder / "lock"):
                flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
                self._descriptor = os.open(self.path, flags, 0o600)
                try:
                    if os.fstat(self._descriptor).st_size < self._read:  # begun anew by someone
                        self._places.clear()
                        self._read = 0
                    self._index()  # what another process has added meanwhile
                    os.ftruncate(self._descriptor, self._read)
                    yield
                    os.fsync(self._descriptor)
                finally:
                    os.close(self._descriptor)
                    self._descriptor = -1
        except OSError as error:
            raise StoreError(
                f"expected a folder for answers that can be written, got {folder} ({error}); free "
                "some room or give another cache"
            ) from None

    def add(self, key: str, answer: Answer) -> None:
        """Keep an answer; only within `writing`."""
        rest = answer_line(key, answer).encode("ascii")
        line = b"%08x %s\n" % (zlib.crc32(rest), rest)
        written = 0
        while written < len(line):  # a full disk may take a part of it
            written += os.write(self._descriptor, line[written:])
        self._places[key] = self._read, len(line)
        self._read += len(line)
        if time.monotonic() - self._synced > _SYNC:
            os.fsync(self._descriptor)
            self._synced = time.monotonic()

    def take(self, keys: list[str]) -> list[Answer]:
        """Return the answers under some keys, all of which are there.

        Raises:
            StoreError: the file was changed or taken away meanwhile.
        """
        if not keys:
            return []
        try:
            with self.path.open("rb") as file:
                return [self._take(file.fileno(), self._places[key]) for key in keys]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"expected the answers that were kept in {self.path}, got {error!r}; leave the "
                "file alone while it is used"
            ) from None

    @staticmethod
    def _take(descriptor: int, place: _Place) -> Answer:
        rest = _checked(os.pread(descriptor, place[1], place[0]))
        if rest is None:
            raise ValueError("a damaged line")
        return Answer.of_json(json.loads(rest))

    def _index(self) -> None:
        """Note where each whole answer stands that was not yet noted."""
        with self.path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                if (rest := _checked(line)) is not None:
                    self._places[_key(rest)] = self._read, len(line)
                self._read += len(line)


def _checked(line: bytes) -> bytes | None:
    """Return what a line holds, or None when it is damaged."""
    rest = line[_CRC + 1 : -1]
    try:
        return rest if int(line[:_CRC], 16) == zlib.crc32(rest) else None
    except ValueError:
        return None


def _key(rest: bytes) -> str:
    """Return the key that stands first in what a line holds, without reading the rest."""
    return rest.split(b'"', 4)[3].decode("ascii")
