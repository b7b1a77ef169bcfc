"""Answers kept on the disk, each as soon as it is there, so that nothing is asked twice.

<folder>/answers.log   a line an answer: a digest of the folder's name and of the rest of the line,
                       and the answer as JSON
<folder>/lock          held while asking, so that two processes do not ask the same

The file is only ever appended to. A killed process loses nothing that was answered; a power cut at
most what came in the second before. A line that was cut short is taken away, and one whose
digest is wrong is passed over, and blanked with zeros by the next that writes: what stood there is
asked again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faceaudit.errors import StoreError
from faceaudit.files.atomic import make_private
from faceaudit.files.lock import alone
from faceaudit.systems.under_test.common.answer import Answer, answer_line

_SYNC = 1.0
"""Seconds after which what was written is also brought to the disk itself."""

_DIGEST = 32
"""Hex digits of a line's digest."""

_LONGEST = 1 << 26
"""Bytes of a line at most; what is longer is none."""

_Place = tuple[int, int]


class AnswerLog:
    """The answers of one system.

    Args:
        folder: of these answers alone, made when it is missing; another's are not believed.

    Attributes:
        path: of the file.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "answers.log"
        self._damaged: list[_Place] = []
        self._places: dict[str, _Place] = {}
        self._read = 0
        self._descriptor = -1
        self._synced = time.monotonic()
        if self.path.exists():
            self._index()

    def __len__(self) -> int:
        return len(self._places)

    @property
    def damaged(self) -> int:
        """How many lines are damaged, as far as the file was read and nobody has blanked them."""
        return len(self._damaged)

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
            make_private(folder)
            with alone(folder / "lock"):
                flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
                self._descriptor = os.open(self.path, flags, 0o600)
                try:
                    if os.fstat(self._descriptor).st_size < self._read:  # begun anew by someone
                        self._places.clear()
                        self._damaged.clear()
                        self._read = 0
                    self._index()  # what another process has added meanwhile
                    os.ftruncate(self._descriptor, self._read)
                    self._blank_damaged()
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
        line = b"%s %s\n" % (self._digest(rest), rest)
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

    def _take(self, descriptor: int, place: _Place) -> Answer:
        rest = self._checked(os.pread(descriptor, place[1], place[0]))
        if rest is None:
            raise ValueError("a damaged line")
        return Answer.of_json(json.loads(rest))

    def _index(self) -> None:
        """Note where each whole answer stands that was not yet noted."""
        with self.path.open("rb") as file:
            file.seek(self._read)
            while (line := file.readline(_LONGEST)).endswith(b"\n"):
                rest = self._checked(line)
                if rest is None and line.strip(b"\0") != b"\n":
                    self._damaged.append((self._read, len(line)))
                elif rest is not None:
                    self._places[_key(rest)] = self._read, len(line)
                self._read += len(line)

    def _blank_damaged(self) -> None:
        """Write zeros over damaged lines, so that they are spoken of once; places stay the same."""
        with self.path.open("r+b") as file:
            for place, length in self._damaged:
                file.seek(place)
                file.write(bytes(length - 1))
        self._damaged.clear()

    def _checked(self, line: bytes) -> bytes | None:
        """Return what a line holds, or None when it is damaged."""
        rest = line[_DIGEST + 1 : -1]
        return rest if line[:_DIGEST] == self._digest(rest) else None

    def _digest(self, rest: bytes) -> bytes:
        whole = hashlib.sha256(self.path.parent.name.encode())
        whole.update(rest)
        return whole.hexdigest()[:_DIGEST].encode("ascii")


def _key(rest: bytes) -> str:
    """Return the key that stands first in what a line holds, without reading the rest."""
    return rest.split(b'"', 4)[3].decode("ascii")
