"""A file lock: one process at a time, on one machine."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)
"""What file systems without locks say."""


@contextmanager
def alone(lock: Path, *, wait: bool = True, remove: bool = False) -> Iterator[bool]:
    """Hold the file `lock`, which no other process or thread then does; a killed one lets go of it.

    Its folder has to be there. A holder may remove the file: who waits for it then takes a new one.
    Where the file system has no locks, everybody is alone. A process that is forked off meanwhile
    holds nothing.

    Args:
        lock: only its user may read it (mode 0600).
        wait: until nobody else holds it; else the block is told whether it is held.
        remove: the file, at the end of the block.

    Raises:
        OSError: it cannot be opened, or is a link: what it leads to may be anywhere.
    """
    number, owner = _take(lock, wait=wait), os.getpid()
    try:
        yield number is not None
    finally:
        if number is not None:
            try:
                if os.getpid() == owner:
                    _let_go(lock, number, remove=remove)
            finally:
                os.close(number)


def is_held(lock: Path) -> bool:
    """Return whether somebody holds a lock's file; it is left as it is, and nobody waited for.

    Where there is no such file, or the file system has no locks, nobody does.
    """
    try:
        number = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # let go of just now, or no file
        return False
    try:
        fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(number)
    return False


def _let_go(lock: Path, number: int, *, remove: bool) -> None:
    try:
        if remove:
            lock.unlink(missing_ok=True)
    finally:
        with suppress(OSError):  # no file system with locks
            fcntl.flock(number, fcntl.LOCK_UN)  # closing does not, where a fork has it open as well


def _take(lock: Path, *, wait: bool) -> int | None:
    """Return the open file that is held, or None."""
    while True:
        number = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if _is_at(lock, number):
                return number
        except BlockingIOError:
            os.close(number)
            return None
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return number
            os.close(number)
            raise
        except BaseException:  # a Ctrl-C while it waits
            os.close(number)
            raise
        os.close(number)  # its holder removed it: another may hold a new one


def _is_at(path: Path, number: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(number))
    except FileNotFoundError:
        return False
