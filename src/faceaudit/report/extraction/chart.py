"""Chart of agreement against budget: one line an attack, with what agrees without any beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from faceaudit.deferred import deferred
from faceaudit.records.extraction import AGREEMENT, NULL, PRIOR, TRUTH
from faceaudit.report.drawing.svg import (
    FIFTH,
    FIRST,
    FOURTH,
    INK,
    MUTED,
    SECOND,
    THIRD,
    blank,
    drawing,
    inline,
)
from faceaudit.report.extraction.copies import Copied, Series
from faceaudit.report.numbers import SPACE, percent_with_interval

if TYPE_CHECKING:
    from matplotlib import ticker
    from matplotlib.axes import Axes
else:
    ticker = deferred("matplotlib.ticker")

WIDTH, HEIGHT = 330.0, 230.0
_COLOURS = (FIRST, SECOND, THIRD, FOURTH, FIFTH)
_MARKERS = "osD^v"
_BASELINES = {
    TRUTH: ("Learned from true labels", (0, (4, 2))),
    PRIOR: ("Most frequent answer", (0, (1, 2))),
    NULL: ("Null", (0, (1, 4))),
}


def agreement_chart(victim: Copied, *, name: str) -> Markup | None:
    """Draw agreement against budget, or return None where there is one budget.

    Upright lines are intervals. The baselines are those of the first attack.

    Args:
        victim: what was copied.
        name: what the drawing's ids begin with.
    """
    budgets = sorted({one.budget for one in victim.copies if one.get(AGREEMENT) is not None})
    if len(budgets) < 2:
        return None
    with drawing():
        figure, axes = blank(WIDTH, HEIGHT)
        axes.set_xscale("log")
        axes.set_xlim(budgets[0] / 1.3, budgets[-1] * 1.3)
        axes.set_xticks(budgets)
        axes.xaxis.set_minor_locator(ticker.NullLocator())
        axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_xlabel("Queries, logarithmic scale", color=INK, labelpad=5)
        axes.set_ylim(-0.02, 1.02)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0])
        axes.yaxis.set_major_formatter(
            ticker.FuncFormatter(lambda value, _: f"{value * 100:.0f}{SPACE}%")
        )
        for place, series in enumerate(victim.series):
            _draw_attack(axes, series, place)
        for metric in _BASELINES:
            _draw_baseline(axes, victim.series[0], metric)
        axes.legend(frameon=False, labelcolor=INK, fontsize=9, loc="best", handlelength=2.4)
        title = f"Agreement against queries: {victim.title}, {victim.asked}"
        return inline(figure, name=name, title=title, description=_describe(victim))


def _draw_attack(axes: Axes, series: Series, place: int) -> None:
    colour = _COLOURS[place % len(_COLOURS)]
    known = [(one.budget, found) for one in series.copies if (found := one.get(AGREEMENT))]
    # Side by side, so that intervals of one budget do not hide one another.
    at = [budget * 1.04**place for budget, _ in known]
    axes.plot(
        at,
        [found.value for _, found in known],
        color=colour,
        marker=_MARKERS[place % len(_MARKERS)],
        markersize=5,
        linewidth=1.4,
        label=series.name,
    )
    for x, (_, found) in zip(at, known, strict=True):
        axes.plot([x, x], [found.low, found.high], color=colour, linewidth=1.4)


def _draw_baseline(axes: Axes, series: Series, metric: str) -> None:
    known = [(one.budget, found.value) for one in series.copies if (found := one.get(metric))]
    if known:
        label, line = _BASELINES[metric]
        axes.plot(
            *zip(*known, strict=True), color=MUTED, linewidth=1.2, linestyle=line, label=label
        )


def _describe(victim: Copied) -> str:
    said = [
        f"{series.name}, {one.budget:,} queries: {percent_with_interval(found)}"
        for series in victim.series
        for one in series.copies
        if (found := one.get(AGREEMENT)) is not None
    ]
    return f"{'; '.join(said)}. The same numbers are in the table below.".replace(SPACE, " ")
