"""Figures of a store as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from faceaudit.records.backbone import BackboneFacts, FileBackboneFacts
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
        system: the network, or the backbones of a verifier; an ONNX network with its file.
        attack: its registered name; "none" where nothing is attacked.
        samples: poison samples, where there are any.
        mitigation: its registered name with all its options, or "none".
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

    @property
    def is_share(self) -> bool:
        """Whether the figure is a share, which people read in per cent; an AUC is none."""
        ends = (0.0 if end is None else end for end in (self.low, self.high))
        area = self.metric.partition(":")[0].endswith(("auc", "excess", "queries"))
        return not area and all(0 <= end <= 1 for end in ends)

    def of(self, figure: Figure, **changed: Any) -> Row:
        """Return the row of a figure of this row's case; unknown is None, never zero."""
        one = figure.estimate
        numbers: dict[str, Any] = {}
        if one is not None:
            numbers = {"value": one.value, "low": one.low, "high": one.high, "n": one.n}
        return replace(self, metric=figure.metric, note=figure.why_none, **numbers, **changed)


def network_name(network: str, backbone: BackboneFacts | None) -> str:
    """Return a network's name; one that is its file is told by that file, as in onnx:embedder.onnx.

    Args:
        network: its registered name.
        backbone: what it started from, if that is known.
    """
    if isinstance(backbone, FileBackboneFacts) and backbone.format is None:
        return f"{network}:{backbone.file}"
    return network


def spell(component: Mapping[str, Any], key: str) -> str:
    """Return a component with all its options, so that no two of an audit read alike.

    Args:
        component: as a spec has it.
        key: the word that its name stands under.

    >>> spell({"mitigation": "selena", "parts": 4, "left_out": 1}, "mitigation")
    'selena(left_out=1, parts=4)'
    >>> spell({"mitigation": "none"}, "mitigation")
    'none'
    """
    options = ", ".join(
        f"{name}={value}" for name, value in sorted(component.items()) if name != key
    )
    return f"{component[key]}({options})" if options else str(component[key])


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
