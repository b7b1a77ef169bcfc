"""Every chart and every table of a store's report as files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from faceaudit.errors import InputError
from faceaudit.files.atomic import make_private
from faceaudit.report.exports.charts import need_png_renderer, page_variables, write_chart
from faceaudit.report.exports.page_charts import page_charts
from faceaudit.report.exports.page_tables import page_tables
from faceaudit.report.exports.tables import (
    Value,
    need_parquet_writer,
    table_columns,
    write_table,
)

RESULTS = "results"
"""The name of the table that holds every figure of the store."""


def export_charts(page: str, folder: Path) -> list[Path]:
    """Write every chart of a report as SVG and PNG; return the files.

    Args:
        page: HTML, as `faceaudit.report.render` returns it.
        folder: made where it is missing; files of the same names are replaced.

    Raises:
        OptionError: what draws PNG is not installed.
        InputError: the folder cannot be written.
    """
    need_png_renderer()
    _make(folder)
    variables = page_variables(page)
    return [path for chart in page_charts(page) for path in write_chart(chart, folder, variables)]


def export_tables(page: str, rows: Iterable[dict[str, Any]], folder: Path) -> list[Path]:
    """Write every table of a report, and all figures of its store, as CSV and Parquet.

    Args:
        page: HTML, as `faceaudit.report.render` returns it.
        rows: every figure, one mapping of plain values each, all with the same keys.
        folder: made where it is missing; files of the same names are replaced.

    Raises:
        OptionError: what writes Parquet is not installed.
        InputError: the folder cannot be written.
    """
    need_parquet_writer()
    _make(folder)
    kept = list(rows)
    results: dict[str, list[Value]] = {
        name: [row[name] for row in kept] for name in (kept[0] if kept else ())
    }
    written = write_table(results, folder, RESULTS, "Every figure of the store") if kept else []
    for table in page_tables(page):
        name = table.id if table.id != RESULTS else f"{RESULTS}-page"
        written += write_table(table_columns(table), folder, name, table.caption)
    return written


def _make(folder: Path) -> None:
    try:
        make_private(folder)
    except OSError as error:
        raise InputError(
            f"expected a folder that can be written, got {str(folder)!r} ({error}); try another"
        ) from None
