"""A log file a case: what it was at and for how long, and what libraries printed meanwhile.

Logs lie in the local folder of a run, not in its store: libraries may print what a store is not to
hold, and a store may be given away.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.files.atomic import make_private
from faceaudit.progress import Advance, Progress
from faceaudit.store import CaseRecord

EVERY = 30.0
"""Seconds between two lines about how far one piece of work is."""


def log_file(work: Workspace, case: str) -> Path:
    """Return where the log of a case is, by its id; it may not be there."""
    return work.root / "logs" / f"{case}.log"


class LoggedProgress:
    """Progress that is shown by another, and of which a file keeps a line a piece of work.

    Args:
        shown: shows it.
        file: keeps it.
    """

    def __init__(self, shown: Progress, file: TextIO) -> None:
        self._shown, self._file = shown, file

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Advance]:
        """Open a piece of work; its beginning, its end, and now and then its steps are kept."""
        began = said = time.monotonic()
        done = 0
        of = "" if total is None else f" of {total}"
        self.keep(f"{title}{of}")
        with self._shown.task(title, total) as advance:

            def both(steps: int) -> None:
                nonlocal done, said
                done += steps
                advance(steps)
                if time.monotonic() - said >= EVERY:
                    said = time.monotonic()
                    self.keep(f"{title}: {done}{of}")

            yield both
        self.keep(f"{title}: done after {time.monotonic() - began:.1f} s")

    def note(self, text: str) -> None:
        """Say one line that stays, and keep it."""
        self.keep(text)
        self._shown.note(text)

    def keep(self, text: str) -> None:
        """Keep one line, with the time."""
        with suppress(OSError, ValueError):  # a full disk is found out by what matters more
            self._file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {text}\n")
            self._file.flush()


@contextmanager
def logged(job: Job, work: Workspace) -> Iterator[Workspace]:
    """Keep a log of a job while a block lasts; the workspace is one whose progress is kept.

    Earlier tries stay in it. Where it cannot be written, there is none.
    """
    path = log_file(work, job.id)
    try:
        make_private(path.parent)
        file = path.open("a", encoding="utf-8", errors="replace")
    except OSError:
        yield work
        return
    try:
        progress = LoggedProgress(work.progress, file)
        progress.keep(f"{job.title}: begun by process {os.getpid()}, case {job.id}")
        yield replace(work, progress=progress)
    finally:
        with suppress(OSError):  # what a full disk did not take is tried once more
            file.close()


def log_end(record: CaseRecord, work: Workspace) -> None:
    """Keep in a case's log what became of it."""
    progress = work.progress
    if isinstance(progress, LoggedProgress):
        progress.keep("done" if record.error is None else f"failed: {record.error}")
        if record.traceback:
            progress.keep(record.traceback)


@contextmanager
def output_logged(job: Job, work: Workspace) -> Iterator[None]:
    """Send what a process prints into a case's log while a block lasts."""
    path = log_file(work, job.id)
    try:
        make_private(path.parent)
        into = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:
        yield
        return
    _flush()
    before = [os.dup(number) for number in (1, 2)]
    try:
        for number in (1, 2):
            os.dup2(into, number)
        yield
    finally:
        _flush()
        for number, old in zip((1, 2), before, strict=True):
            os.dup2(old, number)
            os.close(old)
        os.close(into)


def _flush() -> None:
    """Have what was printed so far go where it belongs."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a full disk, or a stream that was closed
            stream.flush()
