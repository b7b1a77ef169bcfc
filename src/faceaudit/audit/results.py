"""Every figure of a store as one row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from faceaudit.store import CaseRecord, Store
from faceaudit.types import Estimate


@dataclass(frozen=True)
class Row:
    """One figure. `value`, `low` and `high` are None where it could not be measured."""

    case: str
    system: str
    attack: str
    samples: int | None
    defense: str
    seed: int
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    note: str


def result_rows(store: Store) -> Iterator[Row]:
    """Yield one row a figure, in the order of the plan; a failed case has one row that says so.

    Raises:
        StoreError: nothing was ever run into the store.
    """
    for record in store.cases():
        head = _privacy(record) if record.spec.get("kind") == "privacy" else _backdoor(record)
        if record.error is not None:
            yield Row(**head, metric="failed", **_values(None), note=record.error)
        for figure in record.figures:
            mine = {**head, "attack": _attack_of(figure.metric, record) or head["attack"]}
            yield Row(
                **mine, metric=figure.metric, **_values(figure.estimate), note=figure.why_none
            )


def _backdoor(record: CaseRecord) -> dict[str, Any]:
    attack = record.spec["attack"]
    return {
        "case": record.id,
        "system": record.spec["system"]["network"]["network"],
        "attack": "none" if attack is None else attack["attack"],
        "samples": None if attack is None else attack["samples"],
        "defense": record.spec["defense"] or "none",
        "seed": record.spec["seed"],
    }


def _privacy(record: CaseRecord) -> dict[str, Any]:
    """Return what the rows of a privacy case have in common: its backbones, and its mitigation."""
    backbones = record.facts.get("backbones") or record.spec.get("backbones") or ["unknown"]
    mitigation = record.spec.get("mitigation") or {}
    return {
        "case": record.id,
        "system": "+".join(_backbone(one) for one in backbones),
        "attack": "membership",
        "samples": None,
        "defense": str(mitigation.get("mitigation", "none")),
        "seed": int(record.spec.get("seed", 0)),
    }


def _backbone(planned: object) -> str:
    """Return the name of a backbone from a case's facts, or the head of its id from its spec."""
    name = str(planned)
    return name[:16] if len(name) == 64 else name


def _attack_of(metric: str, record: CaseRecord) -> str | None:
    """Return the attack that a figure of a privacy case is of, or None for the whole case's."""
    return next(
        (
            str(attack["attack"])
            for attack in record.facts.get("attacks", ())
            if f":{attack['key']}:" in f"{metric}:"
        ),
        None,
    )


def _values(estimate: Estimate | None) -> dict[str, Any]:
    """Return the numbers of an estimate; unknown is None, never zero."""
    return {name: getattr(estimate, name, None) for name in ("value", "low", "high", "n")}
