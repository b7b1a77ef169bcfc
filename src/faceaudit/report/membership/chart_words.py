"""Words in the charts of membership audits: labels beside what they name, and names of axes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from faceaudit.deferred import deferred
from faceaudit.report.drawing.label_placement import Box, PlacedLabel, place_labels
from faceaudit.report.drawing.svg import INK, MUTED

if TYPE_CHECKING:
    from matplotlib import font_manager, textpath
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
else:
    font_manager = deferred("matplotlib.font_manager")
    textpath = deferred("matplotlib.textpath")

FONT, LINE = 10.0, 12.0
COLUMNS = 24
"""Letters of a label's line at most."""
WIDER = 1.12
"""By how much a reader's type may run wider than the one that labels are measured with."""
HEAD = 24.0
"""Points above the axes, where the name of the upward axis stands."""


@dataclass(frozen=True)
class Label:
    """Words beside a spot of a chart.

    Attributes:
        text: the words.
        x, y: the spot, in the units of the axes.
        colour: of the words and of the line that leads to them.
    """

    text: str
    x: float
    y: float
    colour: str = INK


def name_axes(figure: Figure, axes: Axes, *, across: str, up: str) -> None:
    """Write what both axes are; the upward one's name stands above it, where it makes room."""
    height = figure.get_size_inches()[1] * 72
    box = axes.get_position()
    axes.set_position((box.x0, box.y0, box.width, 1 - HEAD / height - box.y0))
    axes.set_xlabel(across, color=INK, labelpad=5, fontsize=FONT)
    axes.annotate(
        up,
        (0, 1),
        (0.5 - box.x0 * figure.get_size_inches()[0] * 72, 9),
        xycoords="axes fraction",
        textcoords="offset points",
        color=INK,
        fontsize=FONT,
        ha="left",
        va="bottom",
    )


def to_points(figure: Figure, axes: Axes, x: float, y: float) -> tuple[float, float]:
    """Return where a spot of the axes is in the drawing, in points."""
    across, up = axes.transData.transform((x, y)) * (72 / figure.dpi)
    return float(across), float(up)


def place(
    figure: Figure, axes: Axes, labels: Sequence[Label], lines: Sequence[Box]
) -> list[PlacedLabel] | None:
    """Return where labels go: over no other and no spot, and off lines where there is room.

    Args:
        figure: the drawing.
        axes: with their limits set.
        labels: what is to be placed.
        lines: boxes along all lines drawn, in points.
    """
    scale = 72 / figure.dpi
    box = axes.get_window_extent()
    frame = (box.x0 * scale + 2, box.y0 * scale + 3, box.x1 * scale + 8, box.y1 * scale)
    spots = [to_points(figure, axes, label.x, label.y) for label in labels]
    return place_labels(spots, [_size(label) for label in labels], lines, frame)


def draw(figure: Figure, axes: Axes, label: Label, placed: PlacedLabel) -> None:
    """Draw a label where it was placed, with a line to its spot where it lies apart from it."""
    left, _, _, top = placed.box
    width, height = figure.get_size_inches() * 72
    for number, line in enumerate(label_lines(label.text)):
        axes.text(
            left / width,
            (top - LINE * number - 0.8 * FONT) / height,
            line,
            fontsize=FONT,
            color=label.colour,
            transform=figure.transFigure,
            zorder=5,
        )
    if placed.leader is not None:
        (x, y), (end_x, end_y) = placed.leader
        axes.plot(
            [x / width, end_x / width],
            [y / height, end_y / height],
            color=MUTED if label.colour == INK else label.colour,
            linewidth=0.6,
            transform=figure.transFigure,
            clip_on=False,
            zorder=2,
        )


def label_lines(text: str) -> list[str]:
    """Return a label's lines: as few as can be, and of those as even as can be."""
    fewest = len(textwrap.wrap(text, COLUMNS))
    wraps = (textwrap.wrap(text, columns) for columns in range(6, COLUMNS + 1))
    return next(lines for lines in wraps if len(lines) <= fewest)


def _size(label: Label) -> tuple[float, float]:
    """Return width and height of a label, in points, with room for wider type."""
    lines = label_lines(label.text)
    properties = font_manager.FontProperties(size=FONT)
    outlines = [textpath.TextPath((0, 0), line, prop=properties).vertices for line in lines]
    return max(float(outline[:, 0].max()) for outline in outlines) * WIDER, LINE * len(lines)
