"""Cells of differences in points, and of counts of queries."""

from __future__ import annotations

from faceaudit.report.elements import Cell, reason_of
from faceaudit.report.numbers import DASH, SPACE, count, signed_points
from faceaudit.report.tables import share_cell, words_cell
from faceaudit.types import Figure


def points_cell(figure: Figure | None) -> Cell:
    """Return a difference of two shares as a cell, in points."""
    if figure is None:
        return words_cell(DASH)
    one = figure.estimate
    if one is None:
        return Cell(note=f"not measured: {reason_of(figure)}")
    ends = f"{signed_points(one.low)} to {signed_points(one.high)}"
    return Cell(
        f"{signed_points(one.value)}{SPACE}points", ends, f"n = {count(one.n)}", estimate=one
    )


def queries_cell(figure: Figure | None) -> Cell:
    """Return a mean number of queries as a cell."""
    if figure is None or figure.estimate is None:
        return share_cell(figure)
    one = figure.estimate
    if one.high == 0:
        return Cell("0", note="asks nothing", estimate=one)
    ends = "" if one.low == one.high else f"{one.low:,.0f}{DASH}{one.high:,.0f}"
    return Cell(f"{one.value:,.0f}", ends, f"n = {count(one.n)}", estimate=one)
