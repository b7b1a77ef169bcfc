"""Progress that is told from elsewhere, in messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any, Self

from faceaudit.progress import Advance, Progress, case_of

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
    """Shows the messages of `SentProgress`, of several cases at once, while a block lasts.

    Args:
        shown: shows them.
    """

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._cases: dict[str, _Case] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for case in list(self._cases):
            self.end(case)

    def tell(self, case: str, title: str, message: Message) -> None:
        """Show one message; steps of work whose beginning was not told are not.

        Args:
            case: whose work it is; begun with its first message.
            title: the case in a few words.
            message: as it was sent.
        """
        if case not in self._cases:
            self._cases[case] = _Case(self._shown, title)
        self._cases[case].tell(message)

    def end(self, case: str) -> None:
        """End a case, and all its work."""
        if case in self._cases:
            self._cases.pop(case).end()


class _Case:
    """A case that is shown, with the work that it is at."""

    def __init__(self, shown: Progress, title: str) -> None:
        self._all = ExitStack()
        self._shown = self._all.enter_context(case_of(shown, title))
        self._open: dict[int, tuple[ExitStack, Advance]] = {}

    def tell(self, message: Message) -> None:
        if "note" in message:
            self._shown.note(message["note"])
        elif "title" in message:
            stack = self._all.enter_context(ExitStack())
            advance = stack.enter_context(self._shown.task(message["title"], message["total"]))
            self._open[message["task"]] = stack, advance
        elif message["task"] not in self._open:
            return
        elif "steps" in message:
            self._open[message["task"]][1](message["steps"])
        else:
            self._open.pop(message["task"])[0].close()

    def end(self) -> None:
        self._all.close()
