"""Reading a rendered report: open elements, their ids, and places in its text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
"""Elements that have no end."""


class PageReader(HTMLParser):
    """Keeps track of open elements; what it is for is the subclasses' to say."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.open: list[tuple[str, str]] = []
        self._starts = [0]
        for line in page.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def read(self) -> None:
        """Read the whole page."""
        self.feed(self.page)
        self.close()

    def opened(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of an element, which is open from now on."""

    def closed(self, tag: str) -> None:
        """Take the end of an element, which is open no more."""

    def place(self) -> int:
        """Return where the element begins that is being taken, in letters of the page."""
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def nearest_id(self, *tags: str) -> str:
        """Return the id of the innermost open element that has one; of certain tags if given."""
        return next(
            (id_ for tag, id_ in reversed(self.open) if id_ and tag in (tags or (tag,))), ""
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the start of an element; see `html.parser.HTMLParser`."""
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self.open.append((tag, given.get("id", "")))
        self.opened(tag, given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element that ends where it starts, as those of SVG do."""
        given = {name: value or "" for name, value in attrs}
        self.opened(tag, given)
        self.closed(tag)

    def handle_endtag(self, tag: str) -> None:
        """Take the end of an element; see `html.parser.HTMLParser`."""
        while self.open:
            name, _ = self.open.pop()
            if name == tag:
                break
        self.closed(tag)


def words_of(pieces: Sequence[str]) -> str:
    """Return pieces of text as one line."""
    return " ".join("".join(pieces).split())


def file_name(id_: str) -> str:
    """Return an id as the name of a file on any system.

    >>> file_name("leak/none (served)")
    'leak-none-served'
    """
    return re.sub(r"[^\w.-]+", "-", id_).strip("-.") or "part"


def unused(name: str, known: Sequence[str], between: str = "-") -> str:
    """Return a name, with a number behind it where it is taken.

    >>> unused("leak", ["leak", "leak-2"])
    'leak-3'
    """
    number, found = 1, name
    while found in known:
        number += 1
        found = f"{name}{between}{number}"
    return found
