"""Progress that keeps what is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from faceaudit.progress import Advance


class Notes:
    """Progress that keeps what is said.

    Attributes:
        said: every note.
    """

    def __init__(self) -> None:
        self.said: list[str] = []

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Advance]:
        yield lambda _: None

    def note(self, text: str) -> None:
        self.said.append(text)
