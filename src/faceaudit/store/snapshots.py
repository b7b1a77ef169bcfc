"""A folder of a store as it is at one moment, whoever replaces it meanwhile."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from faceaudit.store.files import StoreFiles

_SETTLES = 1_000_000_000
"""Nanoseconds after which a file system's clock tells two writes of one file apart."""
_CHUNK = 1 << 20
_TELLING = {"ETag", "LastModified", "created", "etag", "generation", "md5Hash", "mtime", "updated"}
"""What file systems of other machines call that which changes whenever a file does."""


class Snapshot(Protocol):
    """A folder's files.

    Attributes:
        sizes: bytes of every file by its name; -1 for what is no plain file.
        state: a text that changes whenever a file does.
        settled: whether a later change is sure to change `state`.
    """

    sizes: Mapping[str, int]
    state: str
    settled: bool

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield what is in a file, a piece at a time.

        Raises:
            OSError: it cannot be read.
        """

    def replaced(self) -> bool:
        """Return whether another folder has taken this one's place."""


@contextmanager
def snapshot(files: StoreFiles, folder: str) -> Iterator[Snapshot]:
    """Give a folder as it is now.

    Raises:
        FileNotFoundError: there is none.
        OSError: something else is there, or it cannot be read.
        StoreError: the store is on another machine that cannot be reached.
    """
    if not files.local:
        yield _Remote(files, folder)
        return
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    number = os.open(files.path(folder), flags)
    try:
        yield _Local(files.path(folder), number)
    finally:
        os.close(number)


class _Local:
    """A folder of this machine, open: its files stay those that were in it, wherever it is put."""

    def __init__(self, path: str, number: int) -> None:
        self._path, self._number = path, number
        looks = dict(self._look(number, ""))
        self.sizes: Mapping[str, int] = {
            name: look.st_size if stat.S_ISREG(look.st_mode) else -1 for name, look in looks.items()
        }
        told = [
            (name, look.st_dev, look.st_ino, look.st_size, look.st_mtime_ns, look.st_ctime_ns)
            for name, look in sorted(looks.items())
        ]
        self.state = hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()
        newest = max((look.st_ctime_ns for look in looks.values()), default=0)
        self.settled = newest < time.time_ns() - _SETTLES

    def _look(self, number: int, within: str) -> Iterator[tuple[str, os.stat_result]]:
        with os.scandir(number) as entries:
            found = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
        for name, look in found:
            if stat.S_ISDIR(look.st_mode) and not within:
                inside = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=number)
                try:
                    yield from self._look(inside, f"{name}/")
                finally:
                    os.close(inside)
            else:
                yield f"{within}{name}", look

    def chunks(self, name: str) -> Iterator[bytes]:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(name, flags, dir_fd=self._number), "rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def replaced(self) -> bool:
        try:
            there = os.stat(self._path, follow_symlinks=False)  # noqa: PTH116 - a text
        except FileNotFoundError:
            return True
        return not os.path.samestat(there, os.fstat(self._number))


class _Remote:
    """A folder of another machine, by what it says of its files."""

    def __init__(self, files: StoreFiles, folder: str) -> None:
        self._files, self._folder = files, folder
        self._known = self._look()
        if not self._known:
            raise FileNotFoundError(files.path(folder))
        self.sizes: Mapping[str, int] = {
            name: int(look.get("size") or 0) for name, look in self._known.items()
        }
        self.state = _told(self._known)
        self.settled = all(_TELLING & look.keys() for look in self._known.values())

    def _look(self) -> dict[str, dict[str, Any]]:
        path = self._files.path(self._folder)
        with self._files.reached():
            self._files.fresh()
            try:
                found = self._files.system.find(path, detail=True)
            except FileNotFoundError:
                return {}
        return {str(name)[len(path) + 1 :]: look for name, look in found.items()}

    def chunks(self, name: str) -> Iterator[bytes]:
        path = self._files.path(f"{self._folder}/{name}")
        with self._files.reached(), self._files.system.open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                yield bytes(chunk)

    def replaced(self) -> bool:
        return _told(self._look()) != self.state


def _told(known: Mapping[str, Mapping[str, object]]) -> str:
    told = repr([(name, sorted(look.items(), key=str)) for name, look in sorted(known.items())])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
