"""Facts and evidence of a store's cases as tables."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.report.exports.tables import Value, harmless, need_parquet_writer
from faceaudit.report.spelling import spelled_out
from faceaudit.store import CaseRecord
from faceaudit.types import Evidence

if TYPE_CHECKING:
    import pyarrow as arrow  # type: ignore[import-untyped,import-not-found,unused-ignore]
    from pyarrow import parquet  # type: ignore[import-untyped,import-not-found,unused-ignore]
else:
    arrow = deferred("pyarrow")
    parquet = deferred("pyarrow.parquet")


def fact_columns(records: Sequence[CaseRecord]) -> dict[str, Sequence[Value]]:
    """Return the facts of cases as columns, one fact a row.

    A fact within another has both names with a dot between them; a list is one value, as JSON.
    `number` has what is a number, `value` all of them as text.
    """
    rows = [
        (record.id, str(record.spec.get("kind", "")), name, *_spelled(value))
        for record in records
        for name, value in flat(record.facts)
    ]
    heads = ("case", "kind", "fact", "value", "number")
    if not rows:
        return {head: [] for head in heads}
    return dict(zip(heads, map(list, zip(*rows, strict=True)), strict=True))


def flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of mappings within mappings, by their names with dots between them.

    >>> list(flat({"a": {"b": 1, "c": [2]}, "d": None}))
    [('a.b', 1), ('a.c', [2]), ('d', None)]
    """
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def spell_value(value: object) -> str:
    """Return a plain value as text: text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _spelled(value: object) -> tuple[str, float | None]:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return spell_value(value), float(value) if number else None  # type: ignore[arg-type]


def evidence_parquet(case: str, evidence: Evidence) -> bytes:
    """Return the evidence of a case as a Parquet file: a row a sample, `case` and `id` first.

    A column of several numbers a sample becomes as many columns, `name.0` and so on.

    Raises:
        OptionError: pyarrow is not installed.
    """
    need_parquet_writer()
    arrays = {
        spelled_out(name): arrow.array(_spelled_out(column) if column.dtype.kind == "U" else column)
        for name, column in _columns(case, evidence).items()
    }
    buffer = io.BytesIO()
    parquet.write_table(arrow.table(arrays), buffer)
    return buffer.getvalue()


def evidence_csv(case: str, evidence: Evidence) -> bytes:
    """Return the evidence of a case as CSV (RFC 4180), as `evidence_parquet` does."""
    columns = _columns(case, evidence)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(map(harmless, columns))
    plain = [
        (_harmless(column) if column.dtype.kind == "U" else column).tolist()
        for column in columns.values()
    ]
    writer.writerows(zip(*plain, strict=True))
    return buffer.getvalue().encode("utf-8", "replace")


def _columns(case: str, evidence: Evidence) -> dict[str, np.ndarray[Any, Any]]:
    """Return columns of one value a sample each."""
    columns: dict[str, np.ndarray[Any, Any]] = {
        "case": np.full(len(evidence), case),
        "id": np.array(evidence.ids, dtype=str),
    }
    for name, values in evidence.columns.items():
        column = np.asarray(values)
        if column.ndim == 1:
            columns[name] = column
        else:
            wide = column.reshape(len(column), -1)
            columns |= {f"{name}.{place}": wide[:, place] for place in range(wide.shape[1])}
    return columns


def _each(column: np.ndarray[Any, Any], change: Any) -> np.ndarray[Any, Any]:
    """Return a column of texts with each different one changed once."""
    texts, places = np.unique(column, return_inverse=True)
    return np.array([change(str(text)) for text in texts], dtype=str)[places.reshape(-1)]


def _spelled_out(column: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return _each(column, spelled_out)


def _harmless(column: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return _each(column, harmless)
