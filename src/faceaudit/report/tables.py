"""Tables of figures: a row a thing that was tried, a column a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from faceaudit.report.elements import Cell, cell
from faceaudit.report.numbers import count, decimal, decimal_interval
from faceaudit.types import Figure


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        name: what it is about.
        cells: its figures, one a column.
    """

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A table of figures; `figure_table.html.j2` shows it.

    Attributes:
        anchor: its id in the page.
        title: in a few words, as the fold that it is in is called.
        caption: what it shows, of what, and how it was measured.
        first: the head of the column of names.
        heads: the heads of the columns of figures.
        rows: in the order they are to be read.
        open: whether it is shown without a click.
    """

    anchor: str
    title: str
    caption: str
    first: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    open: bool = False


def share_cell(figure: Figure | None, *, why: str = "not asked for") -> Cell:
    """Return a share as a cell, in per cent; without a figure it says why."""
    return Cell(note=why) if figure is None else cell(figure)


def number_cell(figure: Figure | None, *, why: str = "not asked for") -> Cell:
    """Return a figure that is no share as a cell, such as an AUC."""
    if figure is None or figure.estimate is None:
        return share_cell(figure, why=why)
    one = figure.estimate
    return Cell(
        decimal(one.value),
        decimal_interval(one),
        f"n = {count(one.n)}",
        figure.why_none,
        estimate=one,
    )


def words_cell(text: str) -> Cell:
    """Return a cell of words."""
    return Cell(note=text)


def filled(tables: Sequence[Table | None]) -> tuple[Table, ...]:
    """Return the tables that there are and that have a row."""
    return tuple(one for one in tables if one is not None and one.rows)
