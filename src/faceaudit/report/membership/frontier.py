"""Points and table of accuracy against leak, one a mitigation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from faceaudit.records.membership import ACCURACY, AUC, Granularity, strongest
from faceaudit.report.elements import Cell, cell
from faceaudit.report.membership.cases import TAR, TPR, Case, ComparableCases
from faceaudit.report.membership.cells import auc_cell, mark_flawed
from faceaudit.report.membership.differences import accuracy_change
from faceaudit.report.membership.leaks import exceeding, lead_level
from faceaudit.report.membership.words import NONE
from faceaudit.report.numbers import points_with_interval
from faceaudit.types import Estimate


@dataclass(frozen=True)
class Point:
    """One mitigation.

    Attributes:
        title: the mitigation.
        accuracy: share of pairs that are decided rightly.
        leak: AUC of the strongest attack at the level that is spoken of.
        level: that level.
        flawed: whether a check failed.
        best: whether no other valid one is as accurate, leaks as little, and is better in one.
    """

    title: str
    accuracy: Estimate
    leak: Estimate
    level: Granularity
    flawed: bool
    best: bool


@dataclass(frozen=True)
class FrontierRow:
    """The figures of one mitigation."""

    title: str
    best: str
    accuracy: Cell
    change: str
    tar: Cell
    leak: Cell
    tpr: Cell


def frontier_points(group: ComparableCases) -> tuple[Point, ...]:
    """Return every case that has both figures; the best are marked among the valid ones."""
    level = lead_level(group)
    known = [
        (case, accuracy, leak)
        for case in group.cases
        if (accuracy := case.get(ACCURACY)) and (leak := case.leak(level))
    ]
    places = [(accuracy.value, -_at_least(case, leak, group)) for case, accuracy, leak in known]
    valid = [place for place, (case, *_) in zip(places, known, strict=True) if not case.failed]
    return tuple(
        Point(
            case.title,
            accuracy,
            leak,
            level,
            bool(case.failed),
            not case.failed and not _is_beaten(place, valid),
        )
        for place, (case, accuracy, leak) in zip(places, known, strict=True)
    )


def _at_least(case: Case, leak: Estimate, group: ComparableCases) -> float:
    """Return a leak; without mitigation, the highest that was found through changed answers."""
    if case.mitigation != NONE:
        return leak.value
    above = exceeding(case, group, strongest(AUC, lead_level(group)))
    higher = None if above is None else above.leak(lead_level(group))
    return leak.value if higher is None else higher.value


def _is_beaten(own: tuple[float, float], others: Sequence[tuple[float, float]]) -> bool:
    return any(other != own and other[0] >= own[0] and other[1] >= own[1] for other in others)


def frontier_rows(group: ComparableCases) -> tuple[FrontierRow, ...]:
    """Return the table behind the picture; it has those, too, that could not be drawn."""
    level = lead_level(group)
    best = {point.title for point in frontier_points(group) if point.best}
    rows = []
    for case in group.cases:
        change = None if case.mitigation == NONE else accuracy_change(case, group)
        rows.append(
            FrontierRow(
                title=case.title,
                best="yes" if case.title in best else "",
                accuracy=mark_flawed(cell(case.figure(ACCURACY)), case),
                change="" if change is None else points_with_interval(change),
                tar=mark_flawed(cell(case.figure(TAR)), case),
                leak=mark_flawed(auc_cell(case.figure(strongest(AUC, level))), case),
                tpr=mark_flawed(cell(case.figure(strongest(TPR, level))), case),
            )
        )
    return tuple(rows)
