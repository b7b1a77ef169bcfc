"""Every figure of a store as one row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from faceaudit.audit.common.rows import Row
from faceaudit.audit.kinds import kind_of
from faceaudit.audit.planned import Planned, planned_cases
from faceaudit.errors import StoreError, UnknownName
from faceaudit.store import CaseRecord, Store

_WRONG = (
    StoreError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_WORDS = ("kind", "case", "system", "attack", "mitigation", "metric", "note")


def result_rows(store: Store) -> Iterator[Row]:
    """Yield one row a figure, in the order of the plan; a failed case has one row that says so.

    Raises:
        StoreError: nothing was ever run into the store, or by another version of faceaudit.
    """
    _, rows = planned_rows(store)
    for of_case in rows.values():
        yield from of_case


def planned_rows(store: Store) -> tuple[Planned, dict[str, tuple[Row, ...]]]:
    """Return the cases of a store's last run, and the rows of each, by its id.

    A case that no rows can be made of counts as damaged.

    Raises:
        StoreError: nothing was ever run into the store, or by another version of faceaudit.
    """
    planned = planned_cases(store)
    rows = {record.id: rows_or_none(record) for record in planned.records}
    bad = [id_ for id_, found in rows.items() if found is None]
    return planned.without(bad), {id_: found for id_, found in rows.items() if found is not None}


def rows_of(record: CaseRecord) -> Iterable[Row]:
    """Return one row for each figure of a case; one that says so where it failed."""
    return kind_of(record.spec["kind"]).rows(record)


def rows_or_none(record: CaseRecord) -> tuple[Row, ...] | None:
    """Return the rows of a case; None of one that holds others than a run writes."""
    try:
        rows = tuple(rows_of(record))
    except UnknownName:  # a kind of another version, or of a package that is not here
        raise
    except _WRONG:
        return None
    return rows if all(map(_is_whole, rows)) else None


def _is_whole(row: Row) -> bool:
    words = (getattr(row, name) for name in _WORDS)
    numbers = (row.seed, 0 if row.samples is None else row.samples)
    return all(isinstance(one, str) for one in words) and all(
        isinstance(one, int) for one in numbers
    )
