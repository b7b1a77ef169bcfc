"""Every figure of a store as one row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from faceaudit.audit.common.rows import Row
from faceaudit.audit.kinds import kind_of
from faceaudit.store import CaseRecord, Store


def result_rows(store: Store) -> Iterator[Row]:
    """Yield one row a figure, in the order of the plan; a failed case has one row that says so.

    Raises:
        StoreError: nothing was ever run into the store, or by another version of faceaudit.
    """
    for record in store.cases(figures_only=True):
        yield from rows_of(record)


def rows_of(record: CaseRecord) -> Iterable[Row]:
    """Return one row for each figure of a case; one that says so where it failed."""
    return kind_of(record.spec["kind"]).rows(record)
