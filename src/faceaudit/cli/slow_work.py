"""A line now and then about work that takes long, where there is no terminal for bars."""

from __future__ import annotations

import time
from collections.abc import Callable

from faceaudit.progress import Task, Watched

EVERY = 60.0
"""Seconds between two lines, and before the first."""


class SlowWork(Watched):
    """Says every minute which task is at hand, how far it is and how long it may still take.

    Of tasks within others the innermost is told, then the outermost, then how many cases are at
    hand and how many failed.

    Args:
        say: prints a line about the work at hand.
        note: prints a line that a run has to say; `say` does unless given.
        every: seconds between two lines.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        *,
        note: Callable[[str], None] | None = None,
        every: float | None = None,
    ) -> None:
        super().__init__(every=EVERY if every is None else every)
        self._say = say
        self._note = note or say
        self._started = time.monotonic()

    def note(self, text: str) -> None:
        """Print one line that stays."""
        self._note(text)

    def tell(self) -> None:
        """Print a line about the work at hand."""
        tasks = self.tasks[:]
        told = [*tasks[-1:], *tasks[: min(1, len(tasks) - 1)]]
        waited = f"still at work after {_words(time.monotonic() - self._started)}"
        words = [_told(task) for task in told] or [waited]
        counted = [
            f"{count} {what}"
            for count, what in ((len(self.running), "running"), (self.failures, "failed"))
            if count
        ]
        self._say("; ".join([*words, *counted]))


def _told(task: Task) -> str:
    if not task.total:
        return f"{task.title}: {task.done:,} done in {_words(task.seconds)}"
    counted = f"{task.title}: {task.done:,} of {task.total:,}"
    left = task.seconds_left
    if left is None:
        return f"{counted} after {_words(task.seconds)}"
    return f"{counted}, about {_words(left)} left"


def _words(seconds: float) -> str:
    """Return a time in a few words.

    >>> _words(59.4), _words(119), _words(120), _words(7199), _words(7200), _words(9000)
    ('59 s', '119 s', '2 min', '119 min', '2.0 h', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
