"""Rows of a master-key case."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.audit.common.rows import Row, case_rows
from faceaudit.records.master_key import KIND
from faceaudit.store import CaseRecord


def master_key_rows(record: CaseRecord) -> Iterator[Row]:
    """Yield a row for each figure of a case."""
    spec = record.spec
    titles = spec["titles"]
    mitigation = titles["mitigation"]
    if spec["aware"]:
        mitigation += ", known to the attacker"
    head = Row(
        kind=KIND,
        case=record.id,
        system=", ".join(titles["networks"]),
        attack=titles["attack"],
        samples=record.facts.get("samples") if record.error is None else None,
        mitigation=mitigation,
        seed=spec["seed"],
    )
    yield from case_rows(record, head)
