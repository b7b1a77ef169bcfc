"""Rows of a case about a scanned system."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.audit.common.rows import Row, case_rows
from faceaudit.records.scan import KIND
from faceaudit.store import CaseRecord


def scan_rows(record: CaseRecord) -> Iterator[Row]:
    """Yield a row for each figure."""
    head = Row(
        kind=KIND,
        case=record.id,
        system=record.spec["title"],
        attack="none",
        samples=None,
        mitigation="none",
        seed=record.spec["seed"],
    )
    yield from case_rows(record, head)
