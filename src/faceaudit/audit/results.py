"""Every figure of a store as one row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from faceaudit.store import Store
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
        attack = record.spec["attack"]
        head = {
            "case": record.id,
            "system": record.spec["system"]["network"]["network"],
            "attack": "none" if attack is None else attack["attack"],
            "samples": None if attack is None else attack["samples"],
            "defense": record.spec["defense"] or "none",
            "seed": record.spec["seed"],
        }
        if record.error is not None:
            yield Row(**head, metric="failed", **_values(None), note=record.error)
        for figure in record.figures:
            yield Row(
                **head, metric=figure.metric, **_values(figure.estimate), note=figure.why_none
            )


def _values(estimate: Estimate | None) -> dict[str, Any]:
    """Return the numbers of an estimate; unknown is None, never zero."""
    return {name: getattr(estimate, name, None) for name in ("value", "low", "high", "n")}
