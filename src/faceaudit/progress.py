"""Progress reporting, independent of how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

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
