"""Chart of accuracy against leak, one point for each mitigation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from faceaudit.deferred import deferred
from faceaudit.report.drawing.label_placement import Box
from faceaudit.report.drawing.svg import (
    FIRST,
    MUTED,
    PAPER,
    RULE,
    SECOND,
    blank,
    drawing,
    inline,
)
from faceaudit.report.membership.cases import CHANCE
from faceaudit.report.membership.chart_words import Label, draw, name_axes, place, to_points
from faceaudit.report.membership.frontier import Point
from faceaudit.report.membership.words import LEVEL_WORDS
from faceaudit.report.numbers import (
    SPACE,
    decimal_with_interval,
    percent_with_interval,
)

if TYPE_CHECKING:
    from matplotlib import ticker
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
else:
    ticker = deferred("matplotlib.ticker")

WIDTH, HEIGHT = 330.0, 300.0
ROOMY = 7
"""Number of labels that have room at the chart's usual height."""
EACH = 15.0
"""Points that each further label adds to the height at first."""
TALLER = 60.0
"""Points that the chart grows by where its labels found no room."""


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
        for step in range(20):
            height = HEIGHT + EACH * max(0, len(points) - ROOMY) + step * TALLER
            figure, axes = blank(WIDTH, height, right=10)
            _frame_axes(figure, axes, points)
            labels = [_label(point) for point in points]
            placed = place(figure, axes, labels, _lines(figure, axes, points, height))
            if placed is not None:
                break
        for point in points:
            _draw_point(axes, point)
        for label, where in zip(labels, placed or (), strict=False):
            draw(figure, axes, label, where)
        return inline(
            figure,
            name=name,
            title="Accuracy against leak, one point a mitigation",
            description=_describe_points(points),
        )


def _frame_axes(figure: Figure, axes: Axes, points: Sequence[Point]) -> None:
    left = min(CHANCE, *(point.leak.low for point in points))
    right = max(CHANCE + 0.02, *(point.leak.high for point in points))
    bottom = min(point.accuracy.low for point in points)
    top = max(point.accuracy.high for point in points)
    wide, tall = right - left, max(top - bottom, 0.01)
    axes.set_xlim(left - 0.06 * wide, right + 0.08 * wide)
    axes.set_ylim(bottom - 0.2 * tall, top + 0.25 * tall)
    axes.xaxis.set_major_locator(ticker.MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_locator(ticker.MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(
        ticker.FuncFormatter(lambda value, _: f"{value * 100:g}{SPACE}%")
    )
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    what = LEVEL_WORDS[points[0].level]
    name_axes(
        figure,
        axes,
        across=f"AUC of the strongest attack, {what} (0.5 is chance)",
        up="Pairs decided rightly (accuracy)",
    )
    axes.axvline(CHANCE, color=MUTED, linewidth=1.0, linestyle=(0, (2, 2)))


def _choose_colour(point: Point) -> str:
    return MUTED if point.flawed else FIRST if point.best else SECOND


def _draw_point(axes: Axes, point: Point) -> None:
    x, y, colour = point.leak.value, point.accuracy.value, _choose_colour(point)
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


def _label(point: Point) -> Label:
    text = f"{point.title} (not to be relied on)" if point.flawed else point.title
    return Label(text, point.leak.value, point.accuracy.value)


def _lines(figure: Figure, axes: Axes, points: Sequence[Point], height: float) -> list[Box]:
    """Return boxes along the points' bars and the line of chance."""
    bars: list[Box] = []
    for point in points:
        left, middle = to_points(figure, axes, point.leak.low, point.accuracy.value)
        right, _ = to_points(figure, axes, point.leak.high, point.accuracy.value)
        centre, bottom = to_points(figure, axes, point.leak.value, point.accuracy.low)
        _, top = to_points(figure, axes, point.leak.value, point.accuracy.high)
        bars += [(left, middle - 1, right, middle + 1), (centre - 1, bottom, centre + 1, top)]
    chance, _ = to_points(figure, axes, CHANCE, points[0].accuracy.value)
    return [*bars, (chance - 1, 0.0, chance + 1, height)]


def _describe_points(points: Sequence[Point]) -> str:
    described = [
        f"{point.title}: accuracy {percent_with_interval(point.accuracy)}, "
        f"AUC {decimal_with_interval(point.leak)} of {LEVEL_WORDS[point.level]}"
        f"{', not to be relied on' * point.flawed}{', among the best' * point.best}"
        for point in points
    ]
    return f"{'; '.join(described)}. The same numbers are in the table below.".replace(SPACE, " ")
