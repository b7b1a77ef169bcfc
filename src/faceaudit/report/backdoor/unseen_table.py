"""Verification by a system's features, of people who were kept out of its training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from faceaudit.audit.backdoor.pooling import pool_figures
from faceaudit.records.backdoor import network_of, of_unseen
from faceaudit.report.backdoor.attack_series import Series
from faceaudit.report.elements import Cell, cell
from faceaudit.report.names import network_name
from faceaudit.report.numbers import counted
from faceaudit.store import CaseRecord
from faceaudit.types import Figure

AUC, EER = of_unseen("auc"), of_unseen("eer")


@dataclass(frozen=True)
class UnseenRow:
    """One system, or several that differ in their seed alone.

    Attributes:
        system: what it is, in words.
        on: its network and how it was poisoned.
        auc, eer: figures of verification by cosine.
    """

    system: str
    on: str
    auc: Cell
    eer: Cell


def unseen(series: Sequence[Series], pristine: Sequence[CaseRecord]) -> tuple[UnseenRow, ...]:
    """Return a row for the pristine systems of each network, then one for each attack.

    Nothing where nobody was kept out.

    Args:
        series: the attacks of a store.
        pristine: its cases without attack.
    """
    rows = []
    by_network: dict[str, list[CaseRecord]] = {}
    for record in pristine:
        if record.error is None:
            by_network.setdefault(network_name(network_of(record.spec)), []).append(record)
    for network, records in by_network.items():
        rows += _row("Pristine", network, pool_figures(records))
    for each in series:
        if each.main is not None:
            on = f"{each.subtitle}, {counted(each.main.samples, 'poison sample')}"
            rows += _row(each.name, on, each.main.figures)
    return tuple(rows)


def _row(system: str, on: str, figures: Mapping[str, Figure]) -> list[UnseenRow]:
    if AUC not in figures:
        return []
    return [UnseenRow(system, on, cell(figures[AUC]), cell(figures[EER]))]
