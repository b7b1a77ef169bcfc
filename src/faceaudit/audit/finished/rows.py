"""Rows of a case about a finished system."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.audit.common.rows import Row, case_rows
from faceaudit.records.finished import KIND
from faceaudit.store import CaseRecord


def finished_rows(record: CaseRecord) -> Iterator[Row]:
    """Yield a row for each figure; of a part without keys the attack is "none"."""
    spec = record.spec
    attack = spec["options"].get("attack")
    head = Row(
        kind=KIND,
        case=record.id,
        system=spec["title"],
        attack="none" if attack is None else attack["attack"],
        samples=None,
        mitigation="none",
        seed=spec["seed"],
    )
    yield from case_rows(record, head)
