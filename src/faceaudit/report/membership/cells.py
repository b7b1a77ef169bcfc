"""Cells of a membership audit's tables: figures that are no shares, and marks of flawed ones."""

from __future__ import annotations

from dataclasses import replace

from faceaudit.report.elements import Cell, cell
from faceaudit.report.membership.cases import Case
from faceaudit.report.membership.words import describe_check
from faceaudit.report.numbers import count, decimal, decimal_interval
from faceaudit.types import Figure

FLAW = "not to be relied on"


def auc_cell(figure: Figure) -> Cell:
    """Return a figure that is no share as a cell; one that was not measured keeps its reason."""
    estimate = figure.estimate
    if estimate is None:
        return cell(figure)
    return Cell(
        decimal(estimate.value),
        decimal_interval(estimate),
        f"n = {count(estimate.n)}",
        figure.why_none,
        estimate=estimate,
    )


def noted(shown: Cell, *notes: str) -> Cell:
    """Return a cell with further notes; empty ones are left out."""
    return replace(shown, note="; ".join(filter(None, (shown.note, *notes))))


def mark_flawed(shown: Cell, case: Case) -> Cell:
    """Mark a cell whose case failed a check."""
    return replace(shown, flaw=FLAW) if case.failed else shown


def flaw_of(case: Case) -> str:
    """Say in one line which checks a case failed, or nothing."""
    return "; ".join(describe_check(check) for check in case.failed)
