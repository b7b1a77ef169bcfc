"""Rows of an enrolment case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from faceaudit.audit.common.rows import Row, case_rows
from faceaudit.records.enrolment import KIND
from faceaudit.store import CaseRecord


def enrolment_rows(record: CaseRecord) -> Iterator[Row]:
    """Yield a row for each figure of a case, with its network and mitigation in their columns."""
    titles = record.spec["titles"]
    head = Row(
        kind=KIND,
        case=record.id,
        system=", ".join(titles["networks"]),
        attack=titles["attack"],
        samples=None,
        mitigation="none",
        seed=record.spec["seed"],
    )
    for row in case_rows(record, head):
        metric, network, mitigation = (*row.metric.split(":", 2), "", "")[:3]
        if network:
            yield replace(row, metric=metric, system=network, mitigation=mitigation)
        else:
            yield row
