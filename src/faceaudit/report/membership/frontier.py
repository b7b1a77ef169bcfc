"""What each mitigation keeps of accuracy against what it lets an attacker find out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from matplotlib.ticker import FuncFormatter, MaxNLocator

from faceaudit.report.backdoor.tables import Cell, cell
from faceaudit.report.drawing.label_placement import Box, Placed, place
from faceaudit.report.drawing.svg import (
    FIRST,
    INK,
    MUTED,
    PAPER,
    RULE,
    SECOND,
    blank,
    drawing,
    inline,
)
from faceaudit.report.membership.cases import (
    ACCURACY,
    ADAPTIVE,
    ADAPTIVE_TPR,
    CHANCE,
    NONE,
    TAR,
    ComparableCases,
)
from faceaudit.report.membership.findings import loss_of
from faceaudit.report.membership.tables import auc_cell, mark_flawed
from faceaudit.report.numbers import SPACE, decimal_measured, measured, points_interval
from faceaudit.types import Estimate

WIDTH, HEIGHT, EACH, TALLER = 310.0, 300.0, 15.0, 60.0
FONT, LINE, COLUMNS = 9.0, 11.0, 22
WIDER = 1.12
"""By how much a reader's type may run wider than the one that labels are measured with."""


@dataclass(frozen=True)
class Point:
    """One mitigation.

    Attributes:
        title: the mitigation.
        accuracy: share of pairs that are decided rightly.
        leak: AUC of the strongest attack that knows of the mitigation.
        flawed: whether a check failed.
        best: whether no other valid one is as accurate, leaks as little, and is better in one.
    """

    title: str
    accuracy: Estimate
    leak: Estimate
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


def frontier_points(setting: ComparableCases) -> tuple[Point, ...]:
    """Return every case that has both figures; the best are marked among the valid ones."""
    known = [
        (case, accuracy, leak)
        for case in setting.cases
        if (accuracy := case.get(ACCURACY)) and (leak := case.get(ADAPTIVE))
    ]
    valid = [(accuracy.value, -leak.value) for case, accuracy, leak in known if not case.failed]
    return tuple(
        Point(
            case.title,
            accuracy,
            leak,
            bool(case.failed),
            not case.failed and not _beaten((accuracy.value, -leak.value), valid),
        )
        for case, accuracy, leak in known
    )


def _beaten(mine: tuple[float, float], others: Sequence[tuple[float, float]]) -> bool:
    return any(other != mine and other[0] >= mine[0] and other[1] >= mine[1] for other in others)


def frontier_rows(setting: ComparableCases) -> tuple[FrontierRow, ...]:
    """Return the table behind the picture; it has those, too, that could not be drawn."""
    best = {point.title for point in frontier_points(setting) if point.best}
    rows = []
    for case in setting.cases:
        change = None if case.mitigation == NONE else loss_of(case, setting)
        rows.append(
            FrontierRow(
                title=case.title,
                best="yes" if case.title in best else "",
                accuracy=mark_flawed(cell(case.figure(ACCURACY)), case),
                change="" if change is None else points_interval(change),
                tar=mark_flawed(cell(case.figure(TAR)), case),
                leak=mark_flawed(auc_cell(case.figure(ADAPTIVE)), case),
                tpr=mark_flawed(cell(case.figure(ADAPTIVE_TPR)), case),
            )
        )
    return tuple(rows)


def frontier_chart(points: Sequence[Point], *, name: str) -> Markup | None:
    """Draw accuracy against leak, one point a mitigation, or return None when there is none.

    The chart grows until every label has room.

    Args:
        points: what to draw.
        name: what the drawing's ids begin with.
    """
    if not points:
        return None
    with drawing():
        for taller in range(20):
            height = HEIGHT + EACH * max(0, len(points) - 7) + taller * TALLER
            figure, axes = blank(WIDTH, height, right=10)
            _frame(axes, points)
            placed = _placed(figure, axes, points, height)
            if placed is not None:
                break
        for point in points:
            _draw(axes, point)
        for point, where in zip(points, placed or (), strict=False):
            _label(figure, axes, point, where)
        return inline(
            figure,
            name=name,
            title="Accuracy against leak, one point a mitigation",
            description=_seen(points),
        )


def _frame(axes: Axes, points: Sequence[Point]) -> None:
    left = min(CHANCE, *(point.leak.low for point in points))
    right = max(CHANCE + 0.02, *(point.leak.high for point in points))
    bottom = min(point.accuracy.low for point in points)
    top = max(point.accuracy.high for point in points)
    wide, tall = right - left, max(top - bottom, 0.01)
    axes.set_xlim(left - 0.06 * wide, right + 0.08 * wide)
    axes.set_ylim(bottom - 0.2 * tall, top + 0.25 * tall)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:g}{SPACE}%"))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    axes.set_xlabel("AUC of the strongest attack (0.5 is chance)", color=INK, labelpad=5)
    axes.axvline(CHANCE, color=MUTED, linewidth=1.0, linestyle=(0, (2, 2)))


def _colour(point: Point) -> str:
    return MUTED if point.flawed else FIRST if point.best else SECOND


def _draw(axes: Axes, point: Point) -> None:
    x, y, colour = point.leak.value, point.accuracy.value, _colour(point)
    axes.plot([point.leak.low, point.leak.high], [y, y], color=colour, linewidth=1.4, alpha=0.8)
    axes.plot(
        [x, x], [point.accuracy.low, point.accuracy.high], color=colour, linewidth=1.4, alpha=0.8
    )
    axes.plot(
        [x],
        [y],
        color=colour,
        marker="x" if point.flawed else "o",
        markersize=7,
        markeredgewidth=1.6,
        markerfacecolor=colour if point.best else PAPER,
        zorder=4,
    )


def _words(point: Point) -> list[str]:
    """Return a label's lines: as few as can be, and of those as even as can be."""
    said = f"{point.title} (not to be relied on)" if point.flawed else point.title
    fewest = len(textwrap.wrap(said, COLUMNS))
    wraps = (textwrap.wrap(said, columns) for columns in range(6, COLUMNS + 1))
    return next(lines for lines in wraps if len(lines) <= fewest)


def _size(lines: Sequence[str]) -> tuple[float, float]:
    """Return width and height of a label, in points, with room for wider type."""
    properties = FontProperties(size=FONT)
    outlines = [TextPath((0, 0), line, prop=properties).vertices for line in lines]
    return max(float(outline[:, 0].max()) for outline in outlines) * WIDER, LINE * len(lines)


def _placed(
    figure: Figure, axes: Axes, points: Sequence[Point], height: float
) -> list[Placed] | None:
    scale = 72 / figure.dpi

    def at(x: float, y: float) -> tuple[float, float]:
        across, up = axes.transData.transform((x, y)) * scale
        return float(across), float(up)

    spots = [at(point.leak.value, point.accuracy.value) for point in points]
    bars: list[Box] = []
    for point in points:
        left, middle = at(point.leak.low, point.accuracy.value)
        right, _ = at(point.leak.high, point.accuracy.value)
        centre, bottom = at(point.leak.value, point.accuracy.low)
        _, top = at(point.leak.value, point.accuracy.high)
        bars += [(left, middle - 1, right, middle + 1), (centre - 1, bottom, centre + 1, top)]
    chance, _ = at(CHANCE, points[0].accuracy.value)
    box = axes.get_window_extent()
    frame = (box.x0 * scale + 2, box.y0 * scale + 3, box.x1 * scale + 8, box.y1 * scale)
    bars.append((chance - 1, 0.0, chance + 1, height))
    return place(spots, [_size(_words(point)) for point in points], bars, frame)


def _label(figure: Figure, axes: Axes, point: Point, placed: Placed) -> None:
    left, _, _, top = placed.box
    width, height = figure.get_size_inches() * 72
    for number, line in enumerate(_words(point)):
        axes.text(
            left / width,
            (top - LINE * number - 0.8 * FONT) / height,
            line,
            fontsize=FONT,
            color=INK,
            transform=figure.transFigure,
            zorder=5,
        )
    if placed.leader is not None:
        (x, y), (end_x, end_y) = placed.leader
        axes.plot(
            [x / width, end_x / width],
            [y / height, end_y / height],
            color=MUTED,
            linewidth=0.6,
            transform=figure.transFigure,
            clip_on=False,
            zorder=2,
        )


def _seen(points: Sequence[Point]) -> str:
    said = [
        f"{point.title}: accuracy {measured(point.accuracy)}, AUC {decimal_measured(point.leak)}"
        f"{', not to be relied on' * point.flawed}{', among the best' * point.best}"
        for point in points
    ]
    return f"{'; '.join(said)}. The same numbers are in the table below.".replace(SPACE, " ")
