"""Progress reporting, independent of how it is shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

Advance = Callable[[int], None]


class Progress(Protocol):
    """Something that shows the progress of named pieces of work."""

    def task(self, title: str, total: int | None) -> AbstractContextManager[Advance]:
        """Open a piece of work of `total` steps; call what it yields with steps done."""
        ...

    def note(self, text: str) -> None:
        """Say one line that stays."""
        ...


class Silent:
    """Progress that nobody sees: the default of every library function."""

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Advance]:
        """Yield a function that does nothing."""
        del title, total
        yield lambda _steps: None

    def note(self, text: str) -> None:
        """Do nothing."""


silent: Progress = Silent()

KEPT = 1.0
"""Seconds within which steps were hardly done now: they were kept from before, as finished cases
are, and tell nothing of how long the others take."""


@dataclass(eq=False)
class Task:
    """A piece of work that is at hand.

    Attributes:
        title: what it is.
        total: how many steps it has; None where that is unknown.
        done: how many of them are done.
        started: when it was opened, by `time.monotonic`.
    """

    title: str
    total: int | None
    done: int = 0
    started: float = field(default_factory=time.monotonic)
    _kept: int = 0

    def advance(self, steps: int) -> None:
        """Count steps as done."""
        self.done += steps
        if self.seconds < KEPT:
            self._kept = self.done

    @property
    def seconds(self) -> float:
        """How long it has been at hand."""
        return time.monotonic() - self.started

    @property
    def seconds_left(self) -> float | None:
        """How long it may still take, each step as long as those so far; None while unknown."""
        measured = self.done - self._kept
        if not self.total or measured <= 0 or self.done > self.total:
            return None
        return self.seconds * (self.total - self.done) / measured


class Watched:
    """Progress that is shown by another, and of which is told now and then while a block lasts.

    Subclasses say in `tell` what is told.

    Args:
        shown: shows it.
        every: seconds between two times, and before the first.

    Attributes:
        tasks: the work at hand, the outermost first.
    """

    def __init__(self, shown: Progress = silent, *, every: float) -> None:
        self._shown = shown
        self._every = every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self.tasks: list[Task] = []

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

    def tell(self) -> None:
        """Tell of the work at hand."""

    def _go_on(self) -> None:
        while not self._ended.wait(self._every):
            self.tell()

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Advance]:
        """Open a piece of work of `total` steps; call what it yields with steps done."""
        task = Task(title, total)
        with self._shown.task(title, total) as advance:
            self.tasks.append(task)

            def both(steps: int) -> None:
                task.advance(steps)
                advance(steps)

            try:
                yield both
            finally:
                self.tasks.remove(task)

    def note(self, text: str) -> None:
        """Say one line that stays."""
        self._shown.note(text)
