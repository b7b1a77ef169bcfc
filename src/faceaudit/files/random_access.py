"""Random access to a file, from any thread."""

from __future__ import annotations

import os
import stat
import weakref
from pathlib import Path

from faceaudit.errors import PhotoError, SourceError


class RandomAccess:
    """A file that stays open until nobody holds this value any more.

    Photos are read in threads after the listing of them has ended, so nobody can tell when to
    close it; and what is mapped into memory would end the process when the file is cut meanwhile.

    Attributes:
        path: the file.
        size: its bytes.
        changed: its size and both times, which change whenever it is written to.

    Raises:
        SourceError: it cannot be read, or is no regular file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            raise SourceError(f"expected a file that can be read, got {path} ({error})") from None
        weakref.finalize(self, os.close, self._handle)
        about = os.fstat(self._handle)
        if not stat.S_ISREG(about.st_mode):
            raise SourceError(f"expected a file, got {path}, which is a folder, pipe or device")
        self.size = about.st_size
        self.changed = [about.st_size, about.st_mtime_ns, about.st_ctime_ns]

    def read(self, start: int, length: int) -> bytes:
        """Return `length` bytes from byte `start` on.

        Raises:
            PhotoError: the file ends before that; nothing is read then.
            OSError: it cannot be read.
        """
        if not 0 <= start <= start + length <= self.size:
            raise PhotoError(
                f"expected {length:,} bytes at byte {start:,}, got a file that ends at byte "
                f"{self.size:,}"
            )
        pieces = []
        while length:
            piece = os.pread(self._handle, length, start)
            if not piece:
                raise PhotoError("expected a file that stays as it is, got one that was cut")
            pieces.append(piece)
            start, length = start + len(piece), length - len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
