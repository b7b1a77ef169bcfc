"""Progress reporting, independent of how it is shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
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


class CasesProgress(Progress, Protocol):
    """Progress that also shows which cases of a run are at hand, and how many failed."""

    def case(self, title: str) -> AbstractContextManager[Progress]:
        """Open a case; what it yields shows the case's own work."""
        ...

    def failed(self) -> None:
        """Count a case that failed."""
        ...


def case_of(progress: Progress, title: str) -> AbstractContextManager[Progress]:
    """Open a case on progress of any kind: on one that shows no cases, its work is shown alone."""
    shows: CasesProgress | None = progress if hasattr(progress, "case") else None  # type: ignore[assignment]
    return nullcontext(progress) if shows is None else shows.case(title)


def count_failed(progress: Progress) -> None:
    """Count a case that failed on progress of any kind."""
    getattr(progress, "failed", _nothing)()


def _nothing() -> None:
    pass


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


class AtHand:
    """Progress of the case at hand, for what several cases share and one of them made.

    It is shown by whatever shows the case that uses it; while there is none, nobody sees it.
    """

    def __init__(self) -> None:
        self._shown = silent

    @contextmanager
    def shown_by(self, shown: Progress) -> Iterator[Self]:
        """Be shown by other progress while a block lasts."""
        before, self._shown = self._shown, shown
        try:
            yield self
        finally:
            self._shown = before

    def task(self, title: str, total: int | None) -> AbstractContextManager[Advance]:
        """Open a piece of work of `total` steps; call what it yields with steps done."""
        return self._shown.task(title, total)

    def note(self, text: str) -> None:
        """Say one line that stays."""
        self._shown.note(text)


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
        running: titles of the cases at hand, those that began first before others.
        failures: how many cases failed.
    """

    def __init__(self, shown: Progress = silent, *, every: float) -> None:
        self._shown = shown
        self._every = every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self.tasks: list[Task] = []
        self.running: list[str] = []
        self.failures = 0

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

    def task(self, title: str, total: int | None) -> AbstractContextManager[Advance]:
        """Open a piece of work of `total` steps; call what it yields with steps done."""
        return self.watch(title, total, self._shown)

    @contextmanager
    def watch(self, title: str, total: int | None, shown: Progress) -> Iterator[Advance]:
        """Open a piece of work that somebody shows."""
        task = Task(title, total)
        with shown.task(title, total) as advance:
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

    @contextmanager
    def case(self, title: str) -> Iterator[Progress]:
        """Open a case; what it yields shows the case's own work."""
        with case_of(self._shown, title) as shown:
            self.running.append(title)
            try:
                yield _WatchedCase(self, shown)
            finally:
                self.running.remove(title)

    def failed(self) -> None:
        """Count a case that failed."""
        self.failures += 1
        count_failed(self._shown)


class _WatchedCase:
    """The work of a case, watched with that of others."""

    def __init__(self, watched: Watched, shown: Progress) -> None:
        self._watched, self._shown = watched, shown

    def task(self, title: str, total: int | None) -> AbstractContextManager[Advance]:
        return self._watched.watch(title, total, self._shown)

    def note(self, text: str) -> None:
        self._watched.note(text)
