"""Chart of accuracy against leak, one point for each mitigation."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from faceaudit.deferred import deferred
from faceaudit.report.drawing.label_placement import Box, PlacedLabel, place_labels
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
from faceaudit.report.membership.cases import CHANCE
from faceaudit.report.membership.frontier import Point
from faceaudit.report.membership.words import LEVEL_WORDS
from faceaudit.report.numbers import (
    SPACE,
    decimal_with_interval,
    percent_with_interval,
)

if TYPE_CHECKING:
    from matplotlib import font_manager, textpath, ticker
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
else:
    font_manager = deferred("matplotlib.font_manager")
    textpath = deferred("matplotlib.textpath")
    ticker = deferred("matplotlib.ticker")

WIDTH, HEIGHT = 310.0, 300.0
ROOMY = 7
"""Number of labels that have room at the chart's usual height."""
EACH = 15.0
"""Points that each further label adds to the height at first."""
TALLER = 60.0
"""Points that the chart grows by where its labels found no room."""
FONT, LINE = 9.0, 11.0
COLUMNS = 22
"""Letters of a label's line at most."""
WIDER = 1.12
"""By how much a reader's type may run wider than the one that labels are measured with."""


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
            _frame_axes(axes, points)
            placed = _place_labels(figure, axes, points, height)
            if placed is not None:
                break
        for point in points:
            _draw_point(axes, point)
        for point, label in zip(points, placed or (), strict=False):
            _draw_label(figure, axes, point, label)
        return inline(
            figure,
            name=name,
            title="Accuracy against leak, one point a mitigation",
            description=_describe_points(points),
        )


def _frame_axes(axes: Axes, points: Sequence[Point]) -> None:
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
    axes.set_xlabel(f"AUC of the strongest attack, {what} (0.5 is chance)", color=INK, labelpad=5)
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


def _label_lines(point: Point) -> list[str]:
    """Return a label's lines: as few as can be, and of those as even as can be."""
    text = f"{point.title} (not to be relied on)" if point.flawed else point.title
    fewest = len(textwrap.wrap(text, COLUMNS))
    wraps = (textwrap.wrap(text, columns) for columns in range(6, COLUMNS + 1))
    return next(lines for lines in wraps if len(lines) <= fewest)


def _label_size(lines: Sequence[str]) -> tuple[float, float]:
    """Return width and height of a label, in points, with room for wider type."""
    properties = font_manager.FontProperties(size=FONT)
    outlines = [textpath.TextPath((0, 0), line, prop=properties).vertices for line in lines]
    return max(float(outline[:, 0].max()) for outline in outlines) * WIDER, LINE * len(lines)


def _place_labels(
    figure: Figure, axes: Axes, points: Sequence[Point], height: float
) -> list[PlacedLabel] | None:
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
    return place_labels(spots, [_label_size(_label_lines(point)) for point in points], bars, frame)


def _draw_label(figure: Figure, axes: Axes, point: Point, placed: PlacedLabel) -> None:
    left, _, _, top = placed.box
    width, height = figure.get_size_inches() * 72
    for number, line in enumerate(_label_lines(point)):
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


def _describe_points(points: Sequence[Point]) -> str:
    described = [
        f"{point.title}: accuracy {percent_with_interval(point.accuracy)}, "
        f"AUC {decimal_with_interval(point.leak)} of {LEVEL_WORDS[point.level]}"
        f"{', not to be relied on' * point.flawed}{', among the best' * point.best}"
        for point in points
    ]
    return f"{'; '.join(described)}. The same numbers are in the table below.".replace(SPACE, " ")
