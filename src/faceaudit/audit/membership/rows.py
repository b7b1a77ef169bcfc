"""Rows of a membership case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from faceaudit.audit.common.rows import Row, case_rows, network_name, spell
from faceaudit.records.membership import KIND, MembershipFacts
from faceaudit.store import CaseRecord

SHOWN = 16
"""Letters of a backbone's id that a failed case is told by: its facts have no names."""


def membership_rows(record: CaseRecord) -> Iterator[Row]:
    """Yield a row for each figure, with the attack that it is of."""
    spec = record.spec
    facts = None if record.error is not None else MembershipFacts.of(record)
    if facts is None:
        names = [str(id_)[:SHOWN] for id_ in spec["backbones"]]
    else:
        known = facts.backbone_facts or (None,) * len(facts.backbones)
        names = list(map(network_name, facts.backbones, known))
    head = Row(
        kind=KIND,
        case=record.id,
        system="+".join(names),
        attack=KIND,
        samples=None,
        mitigation=spell(spec["mitigation"], "mitigation"),
        seed=spec["seed"],
    )
    keys = {} if facts is None else {run.key: run.attack for run in facts.attacks}
    for row in case_rows(record, head):
        own = (attack for key, attack in keys.items() if f":{key}:" in f"{row.metric}:")
        yield replace(row, attack=next(own, head.attack))
