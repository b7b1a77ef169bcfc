"""Tables of figures with their intervals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.table import Table

from faceaudit.cleaning import clean
from faceaudit.cli.lengths import LINE

if TYPE_CHECKING:
    from faceaudit.metrics import OperatingPoint
    from faceaudit.types import Figure


def figures_table(figures: Iterable[Figure]) -> Table:
    """Return a row for each figure; what could not be measured is unknown, with the reason."""
    table = Table(box=None)
    for heading in ("figure", "value", "95 % interval", "n", "how"):
        table.add_column(heading, justify="left" if heading in ("figure", "how") else "right")
    for figure in figures:
        one = figure.estimate
        if one is None:
            table.add_row(figure.metric, "unknown", "", "", clean(figure.why_none, LINE))
        else:
            ends = f"{one.low * 100:.2f} to {one.high * 100:.2f} %"
            table.add_row(figure.metric, f"{one.value * 100:.2f} %", ends, f"{one.n:,}", one.method)
    return table


def thresholds_table(points: Iterable[OperatingPoint]) -> Table:
    """Return a row for each false match rate: its threshold, and both errors on other people."""
    table = Table(box=None)
    for heading in ("asked FMR", "threshold", "FMR", "95 % interval", "FNMR", "95 % interval"):
        table.add_column(heading, justify="right")
    table.add_column("how")
    for point in points:
        asked = f"{point.asked * 100:g} %"
        if point.fmr is None or point.fnmr is None:
            table.add_row(asked, "unknown", "", "", "", "", clean(point.why, LINE))
            continue
        cells = []
        for one in (point.fmr, point.fnmr):
            ends = f"{one.low * 100:.3g} to {one.high * 100:.3g} %"
            cells += [f"{one.value * 100:.3g} %", ends]
        table.add_row(asked, f"{point.threshold:.6g}", *cells, point.fmr.method)
    return table
