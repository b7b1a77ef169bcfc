"""Progress on a terminal: a bar for each piece of work, and a line for each case at hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich import progress as rich
from rich.console import Console

from faceaudit.cleaning import clean
from faceaudit.cli.lengths import LINE, NAME
from faceaudit.progress import Advance, Progress

CASES = "cases"
"""The work whose steps are the cases of a run."""


class Bars:
    """Bars with the time left while the block lasts.

    The line of a run's cases says how many are done, at hand, failed and waiting; each case at hand
    has a line with the innermost of its work.

    Args:
        console: where they are.
    """

    def __init__(self, console: Console) -> None:
        self._bars = rich.Progress(
            rich.TextColumn("{task.description}", markup=False),
            rich.BarColumn(),
            rich.MofNCompleteColumn(),
            rich.TimeElapsedColumn(),
            rich.TextColumn("left"),
            rich.TimeRemainingColumn(),
            console=console,
        )
        self._cases: rich.TaskID | None = None
        self._running = self._failures = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Advance]:
        """Show a bar until the work is done."""
        id_ = self._bars.add_task(clean(title, NAME), total=total)
        if title == CASES:
            self._cases = id_

        def advance(steps: int) -> None:
            self._bars.advance(id_, steps)
            if id_ == self._cases:
                self._count()

        try:
            yield advance
        finally:
            if id_ == self._cases:
                self._cases = None
            self._bars.remove_task(id_)

    def note(self, text: str) -> None:
        """Print one line above the bars."""
        self._bars.console.print(clean(text, LINE), highlight=False, soft_wrap=True)

    @contextmanager
    def case(self, title: str) -> Iterator[Progress]:
        """Show a line for a case until it is done."""
        row = _CaseRow(self._bars, clean(title, NAME), self.note)
        self._change(1)
        try:
            yield row
        finally:
            self._change(-1)
            row.remove()

    def failed(self) -> None:
        """Count a case that failed."""
        with self._lock:
            self._failures += 1
        self._count()

    def _change(self, running: int) -> None:
        with self._lock:
            self._running += running
        self._count()

    def _count(self) -> None:
        with self._lock:
            found = [task for task in self._bars.tasks if task.id == self._cases]
            if not found or found[0].total is None:
                return
            done = int(found[0].completed)
            waiting = max(0, int(found[0].total) - done - self._running)
            counted = [f"{self._running} running", f"{waiting} waiting"]
            counted += [f"{self._failures} failed"] if self._failures else []
            self._bars.update(found[0].id, description=f"{CASES}: {', '.join(counted)}")


class _CaseRow:
    """The line of one case: the innermost of its work."""

    def __init__(self, bars: rich.Progress, title: str, note: Callable[[str], None]) -> None:
        self._bars, self._title, self._say = bars, title, note
        self._id = bars.add_task(f"  {title}", total=None)
        self._open: list[tuple[str, int | None, int]] = []

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Advance]:
        """Show a piece of the case's work until it is done, then what it is a part of."""
        place = len(self._open)
        self._open.append((clean(title, NAME), total, 0))
        self._show()

        def advance(steps: int) -> None:
            if place < len(self._open):
                what, of, done = self._open[place]
                self._open[place] = what, of, done + steps
                if place == len(self._open) - 1:
                    self._bars.update(self._id, completed=done + steps)

        try:
            yield advance
        finally:
            del self._open[place:]
            self._show()

    def note(self, text: str) -> None:
        """Print one line above the bars."""
        self._say(text)

    def remove(self) -> None:
        """Show the case no more."""
        self._bars.remove_task(self._id)

    def _show(self) -> None:
        what, total, done = self._open[-1] if self._open else ("", None, 0)
        shown = f"  {self._title} - {what}" if what else f"  {self._title}"
        self._bars.update(self._id, description=shown, completed=done)
        for task in self._bars.tasks:
            if task.id == self._id:
                task.total = total  # which `update` cannot make unknown again
