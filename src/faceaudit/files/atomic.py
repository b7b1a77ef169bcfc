"""Files and folders that are written whole or not at all, to last, and for their user alone."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_HERE = -100
_EXCHANGE = 2
"""Of renameat2(2): paths from the working directory, and two that change places."""

_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM, errno.EBADF)
"""What file systems say that cannot write a folder's names through, and folders not to be read."""


@contextmanager
def open_atomically(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to, which takes the place of `path` once the block ends.

    It is a part file in the same folder, with a name of its own, so that several processes may
    write the same path at once. A kill or a power cut at any moment leaves the old file or the new
    one, and once the block has ended the new one; when the block raises, the old one stays and the
    part is removed. Only its user may read the file (mode 0600).

    Raises:
        OSError: the file cannot be written; what to say about that is the caller's to know.
    """
    part, number = _begin_part(path)
    try:
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            part.replace(path)  # while it is held
    except BaseException:  # a Ctrl-C leaves no part behind either
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _begin_part(path: Path) -> tuple[Path, int]:
    """Return a part file and its open number; it is locked, so that nobody sweeps it away.

    Its name has the number of this process, which in another container may be nobody's.
    """
    while True:
        part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
        number = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with suppress(OSError):  # a file system without locks
            fcntl.flock(number, fcntl.LOCK_EX)
        if os.path.lexists(part):
            return part, number
        os.close(number)  # swept before it was locked


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write a file whole or not at all; text as UTF-8, its line ends as they are.

    Only its user may read it (mode 0600).

    Raises:
        OSError: the file cannot be written; what to say about that is the caller's to know.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    with open_atomically(path) as file:
        file.write(data)


def make_private(path: Path) -> None:
    """Make a folder, and those above it, for their user alone (mode 0700), and to last.

    Folders that are there stay as they are.

    Raises:
        OSError: it cannot be made, or a file is in the way.
    """
    if path.is_dir():
        return
    if path.parent != path:
        make_private(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk; nothing where its file system cannot tell.

    Raises:
        OSError: the disk failed.
    """
    try:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def exchange(one: Path, other: Path) -> bool:
    """Let two files or folders change places, so that neither path is ever without one.

    Returns:
        False when the system or the file system cannot: both are then where they were.

    Raises:
        OSError: it can, and did not, as when one of them is not there.
    """
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    paths = os.fsencode(one), os.fsencode(other)
    if rename(_HERE, paths[0], _HERE, paths[1], ctypes.c_uint(_EXCHANGE)) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM):
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))
