"""Rows of a backdoor case."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.audit.backdoor.treatments import titled
from faceaudit.audit.common.rows import Row, case_rows, network_name
from faceaudit.records.backdoor import KIND, BackdoorFacts, network_of
from faceaudit.store import CaseRecord


def backdoor_rows(record: CaseRecord) -> Iterator[Row]:
    """Yield a row for each figure; the pristine case has the attack "none"."""
    attack = record.spec["attack"]
    facts = None if record.error is not None else BackdoorFacts.of(record)
    head = Row(
        kind=KIND,
        case=record.id,
        system=network_name(network_of(record.spec), None if facts is None else facts.backbone),
        attack="none" if attack is None else attack["attack"],
        samples=None if attack is None else attack["samples"],
        mitigation=titled(record.spec),
        seed=record.spec["seed"],
    )
    yield from case_rows(record, head)
