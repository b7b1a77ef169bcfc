"""Memory that two processes see."""

from __future__ import annotations

import fcntl
import mmap
import os
import tempfile
from typing import Any

import numpy as np

from faceaudit.files.limited.wire import AnyArray, array_of

_ADD_SEALS, _NEVER_SMALLER = 1033, 2
_LEAST = 1 << 16


class SharedMemory:
    """A file in memory that this process writes arrays into; it grows and never shrinks.

    Attributes:
        room: bytes that it has.
    """

    def __init__(self) -> None:
        self._file = _make_file()
        self._mapped: mmap.mmap | None = None
        self.room = 0

    def fileno(self) -> int:
        """Return the file's number, for the process that reads."""
        return self._file

    def write(self, array: AnyArray) -> list[Any]:
        """Write an array, in whatever order it lies; return its type and shape, for the reader."""
        if self._mapped is None or self.room < array.nbytes:
            self.room = max(_LEAST, 1 << (array.nbytes - 1).bit_length() if array.nbytes else 0)
            os.ftruncate(self._file, self.room)
            self._mapped = mmap.mmap(self._file, self.room)
        described = [array.dtype.str, list(array.shape)]
        np.copyto(array_of(self._mapped, described), array)
        return described

    def close(self) -> None:
        """Give the file back; the memory goes once nobody has it any more."""
        self._mapped = None
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _make_file() -> int:
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("faceaudit", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        fcntl.fcntl(file, _ADD_SEALS, _NEVER_SMALLER)  # or who reads could end who writes
        return file
    with tempfile.TemporaryFile() as kept:  # elsewhere than on Linux; it has no name
        return os.dup(kept.fileno())
