"""Chart of success against the number of poison samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from faceaudit.deferred import deferred
from faceaudit.records.backdoor import NULL, SUCCESS, WRONG_KEY
from faceaudit.report.backdoor.attack_series import Series
from faceaudit.report.backdoor.trainings import success_rate, trainings_in_words
from faceaudit.report.backdoor.verdicts import CROSSING
from faceaudit.report.drawing.svg import (
    FIRST,
    INK,
    MUTED,
    PAPER,
    SECOND,
    THIRD,
    blank,
    drawing,
    inline,
)
from faceaudit.report.drawing.thinning import spread_evenly
from faceaudit.report.numbers import SPACE, counted

if TYPE_CHECKING:
    from matplotlib import ticker, transforms
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
else:
    ticker = deferred("matplotlib.ticker")
    transforms = deferred("matplotlib.transforms")

WIDTH, HEIGHT = 300.0, 158.0
SPREAD = 5
"""Ratio of the largest to the smallest number of samples from which the axis is logarithmic."""
MARKS = 40
"""Numbers of samples of a line that have a mark; the line goes through all."""
DESCRIBED = 12
"""Numbers of samples that a chart's description has; the table has all."""
_STYLES = {
    # metric: colour, marker, line, size, points to the right
    NULL: (THIRD, "s", (0, (1, 2)), 5.0, -4.5),
    WRONG_KEY: (SECOND, "D", (0, (4, 2)), 5.0, 4.5),
    SUCCESS: (FIRST, "o", "-", 6.5, 0.0),
}


def success_chart(series: Series, *, name: str) -> Markup | None:
    """Draw success with the right key, with wrong keys and without poison.

    Upright lines are intervals over trainings; a mark of one training has none.

    Args:
        series: the attack.
        name: what the drawing's ids begin with.

    Returns:
        The chart, or None when nothing was measured.
    """
    measured_at = [level.samples for level in series.levels if level.get(SUCCESS) is not None]
    if not measured_at:
        return None
    title = f"Success against number of poison samples: {series.title}, {series.network_title}"
    with drawing():
        figure, axes = blank(WIDTH, HEIGHT, right=38)
        _frame_axes(figure, axes, measured_at)
        for metric in _STYLES:
            _draw_metric(figure, axes, series, metric)
        return inline(figure, name=name, title=title, description=_describe_series(series))


def _frame_axes(figure: Figure, axes: Axes, samples: Sequence[int]) -> None:
    low, high = min(samples), max(samples)
    if low > 0 and high / low >= SPREAD:
        axes.set_xscale("log")
        reach = (high / low) ** 0.08
        axes.set_xlim(low / reach, high * reach)
    else:
        reach = max(0.12 * (high - low), 0.1 * high, 1)
        axes.set_xlim(low - reach, high + reach)
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.set_xticks(_labels_apart(figure, axes, sorted(set(samples))))
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.0f}"))
    scale = ", logarithmic scale" if axes.get_xscale() == "log" else ""
    axes.set_xlabel(f"Poison samples{scale}", color=INK, labelpad=5)
    axes.set_ylim(-0.02, 1.02)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0])
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value * 100:.0f} %"))
    axes.axhline(CROSSING, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.annotate(
        f"{CROSSING * 100:.0f} %",
        (1, CROSSING),
        (4, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        color=MUTED,
        va="center",
    )


def _labels_apart(figure: Figure, axes: Axes, values: Sequence[int]) -> list[int]:
    """Return the values whose labels do not run into one another, the last one always."""
    room = 6.0  # points, about the width of a digit
    kept: list[tuple[float, int]] = []
    for value in reversed(values):
        centre = float(axes.transData.transform((value, 0))[0]) * 72 / figure.dpi
        half = room * len(f"{value:,}") / 2
        if not kept or centre + half + room / 2 < kept[-1][0]:
            kept.append((centre - half, value))
    return [value for _, value in reversed(kept)]


@dataclass(frozen=True)
class Mark:
    """One figure of the chart.

    Attributes:
        samples: number of poison samples.
        value: the share, the mean over trainings where there are several.
        interval: its ends, over trainings; None of a single training.
        single: the share in each training.
    """

    samples: int
    value: float
    interval: tuple[float, float] | None
    single: tuple[float, ...]


def marks(series: Series, metric: str) -> tuple[Mark, ...]:
    """Return what the chart shows of one metric, by growing number of poison samples."""
    found = []
    for level in series.levels:
        rate, single = level.get(metric), tuple(each.value for each in level.single(metric))
        if rate is not None:
            interval = (rate.low, rate.high) if len(single) > 1 else None
            found.append(Mark(level.samples, rate.value, interval, single))
    return tuple(found)


def _draw_metric(figure: Figure, axes: Axes, series: Series, metric: str) -> None:
    colour, marker, line, size, shift = _STYLES[metric]
    known = marks(series, metric)
    where = axes.transData + transforms.ScaledTranslation(shift / 72, 0, figure.dpi_scale_trans)
    face = colour if metric == SUCCESS else PAPER
    look: dict[str, Any] = {
        "color": colour,
        "markerfacecolor": face,
        "transform": where,
        "clip_on": False,
    }
    axes.plot(
        [mark.samples for mark in known],
        [mark.value for mark in known],
        linestyle=line,
        linewidth=1.6 if metric == SUCCESS else 1.0,
        **look,
    )
    for mark in spread_evenly(known, MARKS):
        places = [mark.samples] * len(mark.single)
        axes.plot(places, mark.single, marker=marker, markersize=3, linestyle="none", **look)
        if mark.interval is not None:
            axes.plot([mark.samples] * 2, mark.interval, linewidth=1.6, **look)
            axes.plot(mark.samples, mark.value, marker=marker, markersize=size, **look)


def _describe_series(series: Series) -> str:
    measured = [
        (level, rate) for level in series.levels if (rate := level.get(SUCCESS)) is not None
    ]
    shown = spread_evenly(measured, DESCRIBED)
    described = [
        f"{counted(level.samples, 'sample')}: {success_rate(level, SUCCESS, rate)}, "
        f"{trainings_in_words(level.trainings)}"
        for level, rate in shown
    ]
    some = f" These are {len(shown)} of {len(measured)}." if len(shown) < len(measured) else ""
    words = f"{'; '.join(described)}.{some} The same numbers are in the table below."
    return words.replace(SPACE, " ")
