"""Rows of an evasion case."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.audit.common.rows import Row, case_rows
from faceaudit.records.evasion import KIND
from faceaudit.store import CaseRecord


def evasion_rows(record: CaseRecord) -> Iterator[Row]:
    """Yield a row for each figure of a case."""
    spec = record.spec
    titles = spec["titles"]
    mitigation = titles["mitigation"]
    if spec["aware"]:
        mitigation += ", known to the attacker"
    head = Row(
        kind=KIND,
        case=record.id,
        system=", ".join(titles["networks"][: spec["made_on"]]),
        attack=f"{titles['attack']}, {spec['goal']}",
        samples=None,
        mitigation=mitigation,
        seed=spec["seed"],
    )
    yield from case_rows(record, head)
