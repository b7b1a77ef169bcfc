"""Progress that is told from elsewhere, in messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any

from faceaudit.progress import Advance, Progress

Message = dict[str, Any]


class SentProgress:
    """Progress as messages, each a JSON value.

    Args:
        send: takes each.
    """

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send = send
        self._numbers = count()

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Advance]:
        """Tell of a piece of work, its steps, and its end."""
        number = next(self._numbers)
        self._send({"task": number, "title": title, "total": total})
        yield lambda steps: self._send({"task": number, "steps": steps})
        self._send({"task": number, "end": True})

    def note(self, text: str) -> None:
        """Tell one line."""
        self._send({"note": text})


class ToldProgress:
    """Shows the messages of `SentProgress`, of several senders at once.

    Args:
        shown: shows them.
    """

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._open: dict[str, dict[int, tuple[ExitStack, Advance]]] = {}

    def tell(self, sender: str, message: Message) -> None:
        """Show one message; steps of work whose beginning was not told are not."""
        tasks = self._open.setdefault(sender, {})
        if "note" in message:
            self._shown.note(message["note"])
        elif "title" in message:
            stack = ExitStack()
            advance = stack.enter_context(self._shown.task(message["title"], message["total"]))
            tasks[message["task"]] = stack, advance
        elif message["task"] not in tasks:
            return
        elif "steps" in message:
            tasks[message["task"]][1](message["steps"])
        else:
            tasks.pop(message["task"])[0].close()

    def end(self, sender: str) -> None:
        """End all the work of a sender."""
        for stack, _ in reversed(self._open.pop(sender, {}).values()):
            stack.close()

    def close(self) -> None:
        """End all work of all senders."""
        for sender in list(self._open):
            self.end(sender)
