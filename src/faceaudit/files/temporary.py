"""Folders that last as long as whoever works in them, also when that ends by a kill."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path

_PREFIX, _LOCK = "faceaudit-work-", "lock"
_HOUR = 3600.0


class TemporaryFolder:
    """A folder for its user alone (mode 0700), removed with this object or with the process.

    A killed process removes nothing: whoever makes the next one takes away what no process holds.

    Attributes:
        path: of the folder.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        # Held before it has its name, so that nobody takes the folder for one that is left.
        begun = self.path / f"{_LOCK}.begun"
        held = os.open(begun, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(held, fcntl.LOCK_EX)
        begun.rename(self.path / _LOCK)
        self.close = weakref.finalize(self, _remove, self.path, held, os.getpid())


def _remove(path: Path, held: int, process: int) -> None:
    """Remove a folder and let go of it; a process that was forked off leaves it alone."""
    if os.getpid() == process:
        shutil.rmtree(path, ignore_errors=True)
        os.close(held)


def _sweep(folder: Path) -> None:
    """Remove what killed processes of this user left."""
    for left in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            at = left.lstat()
            if at.st_uid == os.getuid() and left.is_dir() and not left.is_symlink():
                _remove_unheld(left, time.time() - at.st_mtime)


def _remove_unheld(folder: Path, age: float) -> None:
    try:
        held = os.open(folder / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        if age > _HOUR:  # else it is being made
            shutil.rmtree(folder, ignore_errors=True)
        return
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(held)
