"""Rows of an extraction case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from faceaudit.audit.common.rows import Row, case_rows
from faceaudit.records.extraction import KIND
from faceaudit.store import CaseRecord


def extraction_rows(record: CaseRecord) -> Iterator[Row]:
    """Yield a row for each figure; the system says what was copied, and the attack how."""
    spec = record.spec
    decimals = spec["decimals"]
    head = Row(
        kind=KIND,
        case=record.id,
        system=f"{spec['role']} {spec['system']}",
        attack=f"{spell_attack(spec)}, {spec['budget']} queries, {spec['asked']}",
        samples=None,
        mitigation="none" if decimals is None else f"rounding(digits={decimals})",
        seed=spec["seed"],
    )
    yield from case_rows(record, head)


def spell_attack(spec: Mapping[str, Any]) -> str:
    """Return the attack of a case by name, with its policy where that is not the usual one.

    >>> spell_attack({"attack": {"attack": "knockoff", "policy": "adaptive"}})
    'knockoff(adaptive)'
    """
    attack = spec["attack"]
    policy = attack.get("policy", "random")
    return str(attack["attack"]) if policy == "random" else f"{attack['attack']}({policy})"
