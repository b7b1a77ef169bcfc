"""Rows of an inversion case."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.audit.common.rows import Row, case_rows
from faceaudit.records.inversion import KIND
from faceaudit.store import CaseRecord


def inversion_rows(record: CaseRecord) -> Iterator[Row]:
    """Yield a row for each figure of a case; the protection is its mitigation."""
    titles = record.spec["titles"]
    mitigation = titles.get("protection", "none")
    if record.spec.get("key", "none") != "none":
        mitigation += f", keys {record.spec['key']}"
    head = Row(
        kind=KIND,
        case=record.id,
        system="+".join(titles["networks"]),
        attack=titles["attack"],
        samples=None,
        mitigation=mitigation,
        seed=record.spec["seed"],
    )
    yield from case_rows(record, head)
