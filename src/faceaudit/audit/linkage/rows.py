"""Rows of a linkage case."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.audit.common.rows import Row, case_rows
from faceaudit.audit.linkage.cases import ALIKE
from faceaudit.records.linkage import KIND
from faceaudit.store import CaseRecord


def linkage_rows(record: CaseRecord) -> Iterator[Row]:
    """Yield a row for each figure of a case."""
    spec = record.spec
    titles = spec["titles"]
    protection = titles["protection"]
    if spec["second"] != ALIKE:
        protection += f", {spec['second']}, key of the {spec['keys']}"
    attack = titles["attack"]
    if spec["photos"]:
        attack += f", {spec['photos']} photos"
    networks = titles["networks"][:1] if spec["untrained"] else titles["networks"]
    head = Row(
        kind=KIND,
        case=record.id,
        system=", ".join(networks) + (" untrained" if spec["untrained"] else ""),
        attack=attack,
        samples=None,
        mitigation=protection,
        seed=spec["seed"],
    )
    yield from case_rows(record, head)
