"""Tables taken out of a rendered report, so that files and page never say otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from faceaudit.report.exports.reading import PageReader, file_name, unused, words_of

NUMBERS = ("value", "low", "high", "n")
"""What an element of a cell may say of its figure, as `data-value` and so on."""
HEADING = ": "
"""Between the words of the rows of headings above one column."""


@dataclass(frozen=True)
class PageCell:
    """One cell of a table.

    Attributes:
        text: what the page shows.
        value, low, high: the figure with all its digits; None for words.
        n: what it rests on.
    """

    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True)
class PageTable:
    """One table.

    Attributes:
        id: its own, or that of the nearest element around it, with a number where it is not alone.
        caption: what it shows.
        heads: the heading of each column.
        rows: as many cells each as there are columns.
    """

    id: str
    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[PageCell, ...], ...]


def page_tables(page: str) -> tuple[PageTable, ...]:
    """Return the tables of a report, in its order.

    Args:
        page: HTML, as `faceaudit.report.render` returns it.
    """
    reader = _TableReader(page)
    reader.read()
    return tuple(reader.tables)


@dataclass
class _Cell:
    """A cell while it is read."""

    columns: int
    rows: int
    words: list[str] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return words_of(self.words)

    def finished(self) -> PageCell:
        value, low, high, n = map(self.numbers.get, NUMBERS)
        return PageCell(
            self.text,
            value=None if value is None else float(value),
            low=None if low is None else float(low),
            high=None if high is None else float(high),
            n=None if n is None else int(n),
        )


@dataclass
class _Table:
    """A table while it is read: rows of cells, those of the head apart."""

    id: str
    caption: list[str] = field(default_factory=list)
    head: list[list[_Cell]] = field(default_factory=list)
    body: list[list[_Cell]] = field(default_factory=list)

    def finished(self, known: Sequence[str]) -> PageTable:
        heads = _join_headings(_grid(self.head))
        rows = tuple(tuple(cell.finished() for cell in row) for row in _grid(self.body))
        width = max([len(heads), *map(len, rows)], default=0)
        empty = PageCell("")
        return PageTable(
            unused(file_name(self.id), known),
            words_of(self.caption),
            _tell_apart((*heads, *[""] * (width - len(heads)))),
            tuple((*row, *[empty] * (width - len(row))) for row in rows),
        )


class _TableReader(PageReader):
    """Collects tables."""

    def __init__(self, page: str) -> None:
        super().__init__(page)
        self.tables: list[PageTable] = []
        self._table: _Table | None = None
        self._in_head = False
        self._words: list[str] | None = None
        self._cell: _Cell | None = None

    def opened(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of a table, of its head, caption, rows or cells."""
        if tag == "table" and self._table is None:
            self._table = _Table(attributes.get("id", "") or self.nearest_id())
        table = self._table
        if table is None:
            return
        rows = table.head if self._in_head else table.body
        if tag == "thead":
            self._in_head = True
        elif tag == "caption":
            self._words = table.caption
        elif tag == "tr":
            rows.append([])
        elif tag in ("td", "th"):
            columns, spanned = (int(attributes.get(name, 1)) for name in ("colspan", "rowspan"))
            self._cell = _Cell(columns, spanned)
            self._words = self._cell.words
            rows[-1].append(self._cell)
        if self._cell is not None:
            self._cell.words.append(" ")  # the page sets elements apart by more than spaces
            for name in NUMBERS:
                if f"data-{name}" in attributes:
                    self._cell.numbers[name] = attributes[f"data-{name}"]

    def closed(self, tag: str) -> None:
        """Take the end of what was started."""
        if self._table is None:
            return
        if tag == "thead":
            self._in_head = False
        elif tag in ("td", "th", "caption"):
            self._cell = self._words = None
        elif tag == "table":
            self.tables.append(self._table.finished([table.id for table in self.tables]))
            self._table = None

    def handle_data(self, data: str) -> None:
        """Take words of a caption or a cell."""
        if self._words is not None:
            self._words.append(data)


def _grid(rows: Sequence[Sequence[_Cell]]) -> list[list[_Cell]]:
    """Return rows in which a cell that spans several places stands in each of them."""
    grid: list[list[_Cell]] = []
    below: dict[int, tuple[_Cell, int]] = {}
    for row in rows:
        line: list[_Cell] = []
        waiting = list(row)
        while waiting or len(line) in below:
            if len(line) in below:
                cell, left = below.pop(len(line))
                cells = [(cell, left)]
            else:
                cell = waiting.pop(0)
                cells = [(cell, cell.rows)] * cell.columns
            for one, left in cells:
                if left > 1:
                    below[len(line)] = (one, left - 1)
                line.append(one)
        grid.append(line)
    return grid


def _join_headings(rows: Sequence[Sequence[_Cell]]) -> tuple[str, ...]:
    width = max(map(len, rows), default=0)
    columns = [[row[place] for row in rows if place < len(row)] for place in range(width)]
    return tuple(HEADING.join(dict.fromkeys(cell.text for cell in column)) for column in columns)


def _tell_apart(heads: Sequence[str]) -> tuple[str, ...]:
    """Put numbers to headings that are empty or stand twice, since files name columns by them."""
    named: list[str] = []
    for place, head in enumerate(heads, 1):
        named.append(unused(head or f"column {place}", named, " "))
    return tuple(named)
