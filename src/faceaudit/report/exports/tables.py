"""Tables of the report, and every figure of its store, as CSV and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from faceaudit.deferred import deferred
from faceaudit.errors import OptionError
from faceaudit.files.atomic import write_atomically
from faceaudit.report.exports.page_tables import PageCell, PageTable
from faceaudit.report.spelling import spelled_out

if TYPE_CHECKING:
    import pyarrow as arrow  # type: ignore[import-untyped,import-not-found,unused-ignore]
    from pyarrow import parquet  # type: ignore[import-untyped,import-not-found,unused-ignore]
else:
    arrow = deferred("pyarrow")
    parquet = deferred("pyarrow.parquet")

Value = str | float | int | None
Columns = Mapping[str, Sequence[Value]]
"""Columns of equal length, by name: all text, all float, or all int; None where there is none."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a text begins with that a spreadsheet would compute."""


def need_parquet_writer() -> None:
    """Raise `OptionError` where what writes Parquet is not installed."""
    try:
        import pyarrow  # noqa: F401, PLC0415
    except ImportError:
        raise OptionError(
            "expected pyarrow to write tables as Parquet, got none; try `pip install "
            "'faceaudit[export]'`"
        ) from None


def table_columns(table: PageTable) -> dict[str, Sequence[Value]]:
    """Return a table of the page as columns.

    A column with figures becomes four, with all digits: the value, its ends and n. What stands
    there in words, such as why there is none, is one more where any cell has it.
    """
    columns: dict[str, Sequence[Value]] = {}
    for place, head in enumerate(table.heads):
        cells = [row[place] for row in table.rows]
        columns |= _figure_columns(head, cells) if _any_figure(cells) else _words(head, cells)
    return columns


def _any_figure(cells: Sequence[PageCell]) -> bool:
    return any(cell.value is not None for cell in cells)


def _words(head: str, cells: Sequence[PageCell]) -> dict[str, Sequence[Value]]:
    return {head: [cell.text for cell in cells]}


def _figure_columns(head: str, cells: Sequence[PageCell]) -> dict[str, Sequence[Value]]:
    words = [cell.text if cell.value is None else "" for cell in cells]
    columns: dict[str, Sequence[Value]] = {
        head: [cell.value for cell in cells],
        f"{head}, low": [cell.low for cell in cells],
        f"{head}, high": [cell.high for cell in cells],
        f"{head}, n": [cell.n for cell in cells],
    }
    return {**columns, f"{head}, note": words} if any(words) else columns


def csv_of(columns: Columns) -> str:
    """Return columns as CSV (RFC 4180); unknown is empty.

    A text that a spreadsheet would take for a formula gets an apostrophe in front; control
    characters, which readers refuse and terminals obey, are spelled out.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(map(harmless, columns))
    writer.writerows(map(harmless, row) for row in zip(*columns.values(), strict=True))
    return buffer.getvalue()


def harmless(value: Value) -> Value:
    """Return a cell of CSV as neither a spreadsheet computes nor a terminal obeys it."""
    if not isinstance(value, str):
        return value
    return spelled_out(f"'{value}" if value.startswith(FORMULA) else value)


def parquet_of(columns: Columns, caption: str = "") -> bytes:
    """Return columns as a Parquet file; the caption is kept in its metadata.

    Control characters and halves of characters, which no Parquet holds, are spelled out.

    Raises:
        OptionError: pyarrow is not installed.
    """
    need_parquet_writer()
    arrays = [
        arrow.array(
            [spelled_out(one) if isinstance(one, str) else one for one in values],
            type=_arrow_type(values),
        )
        for values in columns.values()
    ]
    names, said = [spelled_out(name) for name in columns], {"caption": spelled_out(caption)}
    table = arrow.Table.from_arrays(arrays, names=names, metadata=said)
    buffer = io.BytesIO()
    parquet.write_table(table, buffer)
    return buffer.getvalue()


def _arrow_type(values: Sequence[Value]) -> object:
    kinds = {type(value) for value in values if value is not None}
    if str in kinds:
        return arrow.string()
    return arrow.int64() if kinds == {int} else arrow.float64()


def write_table(columns: Columns, folder: Path, name: str, caption: str = "") -> list[Path]:
    """Write columns as CSV and Parquet under one name; return both files.

    Raises:
        OptionError: pyarrow is not installed.
    """
    files = {
        folder / f"{name}.csv": csv_of(columns).encode(),
        folder / f"{name}.parquet": parquet_of(columns, caption),
    }
    for path, content in files.items():
        write_atomically(path, content)
    return list(files)
