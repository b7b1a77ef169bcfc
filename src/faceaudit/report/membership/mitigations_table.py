"""The main table: one row a mitigation, with accuracy, the leak of each level, and who is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from faceaudit.records.membership import ACCURACY, LEVELS, Granularity, strongest
from faceaudit.report.elements import Cell, cell
from faceaudit.report.membership.cases import RATE, TPR, Case, ComparableCases
from faceaudit.report.membership.cells import flaw_of, mark_flawed, noted
from faceaudit.report.membership.differences import accuracy_change
from faceaudit.report.membership.leaks import lead_level
from faceaudit.report.membership.strongest_table import strongest_rows
from faceaudit.report.membership.words import LEVEL_WORDS, NONE
from faceaudit.report.numbers import SPACE, counted, signed_points
from faceaudit.types import Estimate


@dataclass(frozen=True)
class MitigationRow:
    """One mitigation.

    Attributes:
        title: the mitigation.
        about: its group of cases and its targets.
        anchor: the id of the row.
        flaw: which checks failed; usually nothing.
        cells: accuracy, the leak of each level, and the members found, as the table has columns.
    """

    title: str
    about: str
    anchor: str
    flaw: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class MitigationsTable:
    """Every mitigation of every group of cases.

    Attributes:
        columns: the heads of the cells.
        terms: of each, the word that it is explained by in "How to read this report".
        rows: those whose checks failed last.
        compared: whether any cell has a difference to no mitigation.
    """

    columns: tuple[str, ...]
    terms: tuple[str, ...]
    rows: tuple[MitigationRow, ...]
    compared: bool


def mitigations_table(groups: Sequence[ComparableCases]) -> MitigationsTable:
    """Return accuracy and the strongest attack of each level on every mitigation, people first.

    Below a figure stands its difference to no mitigation, where that can be taken. The last column
    is of the first level, from the one that is spoken of on, that can resolve the rate of false
    alarms; there is none where no level can.
    """
    levels = [level for level in LEVELS if any(level in group.levels for group in groups)]
    found = rated_level(groups)
    columns = {"Accuracy": "accuracy", **{f"AUC, {LEVEL_WORDS[one]}": "auc" for one in levels}}
    if found:
        columns[f"{LEVEL_WORDS[found].capitalize()} found at {RATE * 100:g}{SPACE}% FPR"] = "tpr"
    rows = [_row(case, group, levels, found) for group in groups for case in group.cases]
    return MitigationsTable(
        tuple(columns),
        tuple(columns.values()),
        tuple(sorted(rows, key=lambda row: bool(row.flaw))),
        any(case.mitigation != NONE and group.baseline for group in groups for case in group.sound),
    )


def rated_level(groups: Sequence[ComparableCases]) -> Granularity | None:
    """Return the first level, from the one that is spoken of on, with a true-positive rate."""
    start = min((LEVELS.index(lead_level(group)) for group in groups), default=0)
    return next(
        (
            level
            for level in LEVELS[start:]
            if any(case.get(strongest(TPR, level)) for group in groups for case in group.cases)
        ),
        None,
    )


def _row(
    case: Case, group: ComparableCases, levels: Sequence[Granularity], found: Granularity | None
) -> MitigationRow:
    by_level = {row.of: row for row in strongest_rows(case, group)}
    cells = [_accuracy(case, group)]
    for level in levels:
        row = by_level.get(level)
        if row is None:
            cells.append(Cell(note="not tried"))
            continue
        cells.append(_beside(row.auc, row.change.value, row.change.interval))
    if found:
        cells.append(mark_flawed(cell(case.figure(strongest(TPR, found))), case))
    return MitigationRow(
        title=case.title,
        about=f"{group.title}, {counted(case.facts.targets, 'target')}",
        anchor=case.anchor,
        flaw=flaw_of(case),
        cells=tuple(replace(one, trials="") for one in cells),
    )


def _accuracy(case: Case, group: ComparableCases) -> Cell:
    shown = mark_flawed(cell(case.figure(ACCURACY)), case)
    base = group.baseline
    if case.mitigation == NONE or case.failed or base is None or base.failed:
        return shown
    change = accuracy_change(case, group)
    return shown if change is None else _beside(shown, *_points(change))


def _points(change: Estimate) -> tuple[str, str]:
    ends = f"{signed_points(change.low)} to {signed_points(change.high)}"
    return f"{signed_points(change.value)}{SPACE}points", ends


def _beside(shown: Cell, change: str, ends: str) -> Cell:
    """Return a cell with the difference to no mitigation first among its notes."""
    if not change:
        return shown
    return noted(replace(shown, note=""), f"{change} ({ends})", shown.note)
