"""What a process does to a folder, counted; and a disaster at one of these events.

The standard library only: this runs before anything else in every process of a run. Python tells
an audit hook of each file opened, folder made and name changed, from whichever library; syncing is
not told of, so `os.fsync` is wrapped. An event is counted before it happens.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
SHUTDOWN = 0x8004587D
"""FS_IOC_SHUTDOWN of Linux: the file system takes nothing more, as if power were gone."""
JOURNAL_FLUSHED, JOURNAL_LOST = 1, 2
"""What became of the journal: written out while data was not, or lost with the data."""

Act = Callable[[], None]
Place = str | bytes | os.PathLike[str] | int
"""A path or the number of an open file."""


class Watch:
    """Counts the events in a folder, over all processes that share the file of the count.

    Args:
        root: events in it count.
        count: a file that grows by a byte an event.
        at: the number of the event at which to act, from 1; 0 for never.
        act: what happens then.
        lasting: act at every later event too.

    Attributes:
        hearers: told of each event before it happens, by its name and its paths.
    """

    def __init__(self, root: str, count: str, at: int, act: Act, *, lasting: bool = False) -> None:
        self._root = os.path.realpath(root)
        self._at, self._act, self._lasting = at, act, lasting
        self.hearers: list[Callable[..., None]] = []
        self._count = os.open(count, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def start(self) -> None:
        """Watch this process from now on, to its end."""
        sync, sync_data = os.fsync, os.fdatasync

        def counted(file: Any) -> None:
            self._sync(file)
            sync(file)

        def counted_data(file: Any) -> None:
            self._sync(file)
            sync_data(file)

        os.fsync, os.fdatasync = counted, counted_data
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = args
            if isinstance(path, str | bytes) and flags & WRITING:
                self._happen(event, path)
        elif event in CHANGES:
            self._happen(event, *args[: 2 if event == "os.rename" else 1])

    def _sync(self, file: Any) -> None:
        number = file if isinstance(file, int) else file.fileno()
        self._happen("sync", number)

    def _happen(self, event: str, *paths: Place) -> None:
        places = [os.path.abspath(_path_of(path)) for path in paths]  # noqa: PTH100 - links stay
        if not places[0].startswith(self._root):
            return
        for hearer in self.hearers:
            hearer(event, *places)
        os.write(self._count, b".")
        now = os.fstat(self._count).st_size
        if 0 < self._at <= now and (now == self._at or self._lasting):
            self._act()


def _path_of(place: Place) -> str:
    if isinstance(place, int):
        return os.readlink(f"/proc/self/fd/{place}")  # noqa: PTH115 - this is as light as can be
    return os.fsdecode(place)


class Unsynced:
    """What a crash may take of what one process wrote, by the rules of POSIX.

    A file that was not synced after it was opened for writing may be empty; a name that is new in
    a folder may be there or gone until that folder is synced.
    """

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._names: set[str] = set()

    def hear(self, event: str, *places: str) -> None:
        """Take note of an event."""
        first, last = places[0], places[-1]
        if event == "sync":
            self._files.discard(first)
            self._names = {name for name in self._names if os.path.dirname(name) != first}  # noqa: PTH120
        elif event == "open":
            self._files.add(first)
            if not os.path.lexists(first):
                self._names.add(first)
        elif event == "os.mkdir":
            self._names.add(first)
        elif event == "os.rename":
            self._files = {_moved(one, first, last) for one in self._files}
            self._names = {_moved(one, first, last) for one in self._names} | {last}

    def crash(self, *, names: bool) -> NoReturn:
        """Take all that files hold, and their names too if these are to go; end this process."""
        for path in self._files:
            if os.path.isfile(path):  # noqa: PTH113 - this is as light as can be
                os.truncate(path, 0)
        for path in sorted(self._names, reverse=True) if names else ():
            if os.path.isdir(path):  # noqa: PTH112
                shutil.rmtree(path)
            elif os.path.lexists(path):
                os.remove(path)  # noqa: PTH107
        kill()


def _moved(path: str, before: str, after: str) -> str:
    inside = path == before or path.startswith(f"{before}/")
    return after + path[len(before) :] if inside else path


def kill() -> NoReturn:
    """End this process and all that it started, now."""
    os.killpg(0, signal.SIGKILL)
    raise AssertionError  # never reached


def power_cut(root: str, journal: int) -> Act:
    """Return what cuts the power of a file system and of the processes on it."""
    mount = os.open(root, os.O_RDONLY)

    def cut() -> None:
        fcntl.ioctl(mount, SHUTDOWN, journal.to_bytes(4, "little"))
        kill()

    return cut


def disk_full() -> None:
    """Refuse, as a full disk does."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def begin(root: str, count: str, at: int, what: str) -> None:
    """Watch a folder; at an event there, do what is named.

    Args:
        root: the folder.
        count: a file that grows by a byte an event.
        at: the number of the event, from 1; 0 for never.
        what: kill; full; of a power cut on ext4, cut (its journal flushed) or lost (with it); on
            any file system, of what was not synced, empty (what files hold is taken) or gone (their
            names, too).
    """
    unsynced = Unsynced()
    acts: dict[str, Callable[[], Act]] = {
        "kill": lambda: kill,
        "full": lambda: disk_full,
        "cut": lambda: power_cut(root, JOURNAL_FLUSHED),
        "lost": lambda: power_cut(root, JOURNAL_LOST),
        "empty": lambda: partial(unsynced.crash, names=False),
        "gone": lambda: partial(unsynced.crash, names=True),
    }
    watch = Watch(root, count, at, acts[what](), lasting=what == "full")
    if what in {"empty", "gone"}:
        watch.hearers.append(unsynced.hear)
    watch.start()
