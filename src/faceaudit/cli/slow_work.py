"""A line now and then about work that takes long, where there is no terminal for bars."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from faceaudit.progress import Advance

EVERY = 60.0
"""Seconds between two lines, and before the first."""


@dataclass(eq=False)
class _Task:
    title: str
    total: int | None
    done: int = 0
    started: float = field(default_factory=time.monotonic)

    def __str__(self) -> str:
        seconds = time.monotonic() - self.started
        if not self.total:
            return f"{self.title}: {self.done:,} done in {_words(seconds)}"
        counted = f"{self.title}: {self.done:,} of {self.total:,}"
        if not 0 < self.done <= self.total:
            return f"{counted} after {_words(seconds)}"
        return f"{counted}, about {_words(seconds * (self.total - self.done) / self.done)} left"


class SlowWork:
    """Says every minute which task is at hand, how far it is and how long it may still take.

    Args:
        say: prints a line.
        every: seconds between two lines.
    """

    def __init__(self, say: Callable[[str], None], *, every: float | None = None) -> None:
        self._say = say
        self._every = EVERY if every is None else every
        self._tasks: list[_Task] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._speak, daemon=True)
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Advance]:
        """Open a task of `total` steps; call what it yields with steps done."""
        task = _Task(title, total)
        self._tasks.append(task)

        def advance(steps: int) -> None:
            task.done += steps

        try:
            yield advance
        finally:
            self._tasks.remove(task)

    def _speak(self) -> None:
        while not self._ended.wait(self._every):
            tasks = self._tasks[-1:]  # the innermost
            waited = f"still at work after {_words(time.monotonic() - self._started)}"
            self._say(str(tasks[0]) if tasks else waited)


def _words(seconds: float) -> str:
    """Return a time in a few words.

    >>> _words(59.4), _words(150), _words(9000)
    ('59 s', '2 min', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
