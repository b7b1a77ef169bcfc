"""Figures of a store as rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from faceaudit.store import CaseRecord
from faceaudit.types import Figure

FAILED = "failed"
"""The metric of a failed case's only row."""


@dataclass(frozen=True)
class Row:
    """One figure. `value`, `low` and `high` are None where it could not be measured.

    Attributes:
        kind: of audit.
        case: the id of the case.
        system: the network, or the backbones of a verifier.
        attack: its registered name; "none" where nothing is attacked.
        samples: poison samples, where there are any.
        mitigation: its registered name, or "none".
        seed: the plan's.
        metric: what was measured.
        value, low, high, n: the estimate.
        note: why there is none, or what is to be known of it.
    """

    kind: str
    case: str
    system: str
    attack: str
    samples: int | None
    mitigation: str
    seed: int
    metric: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    note: str = ""

    def of(self, figure: Figure, **changed: Any) -> Row:
        """Return the row of a figure of this row's case; unknown is None, never zero."""
        one = figure.estimate
        numbers: dict[str, Any] = {}
        if one is not None:
            numbers = {"value": one.value, "low": one.low, "high": one.high, "n": one.n}
        return replace(self, metric=figure.metric, note=figure.why_none, **numbers, **changed)


def case_rows(record: CaseRecord, head: Row) -> Iterator[Row]:
    """Yield a row for each figure of a case, or the one of a failed case.

    Args:
        record: the case.
        head: what its rows have in common.
    """
    if record.error is not None:
        yield replace(head, metric=FAILED, note=record.error)
    for figure in record.figures:
        yield head.of(figure)
