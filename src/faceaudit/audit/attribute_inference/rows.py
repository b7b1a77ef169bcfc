"""Rows of a case of attribute inference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from faceaudit.audit.common.rows import Row, case_rows
from faceaudit.records.attribute_inference import KIND, AttributeInferenceFacts
from faceaudit.store import CaseRecord


def attribute_rows(record: CaseRecord) -> Iterator[Row]:
    """Yield a row for each figure, with the attack that it is of."""
    titles = record.spec["titles"]
    head = Row(
        kind=KIND,
        case=record.id,
        system=", ".join(titles["networks"]),
        attack="none",
        samples=None,
        mitigation=titles["mitigation"],
        seed=record.spec["seed"],
    )
    attacks = {}
    if record.error is None:
        attacks = {one.key: one.attack for one in AttributeInferenceFacts.of(record).attempts}
    for row in case_rows(record, head):
        key = row.metric.partition(":")[2]
        yield replace(row, attack=attacks.get(key, head.attack))
