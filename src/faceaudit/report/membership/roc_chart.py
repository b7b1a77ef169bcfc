"""The strongest attack on each mitigation, as curves with two logarithmic axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from faceaudit.metrics import Roc, roc
from faceaudit.report.drawing.svg import (
    FIFTH,
    FIRST,
    FOURTH,
    INK,
    MUTED,
    RULE,
    SECOND,
    THIRD,
    blank,
    drawing,
    inline,
)
from faceaudit.report.membership.cases import PAIR, Case, ComparableCases
from faceaudit.report.numbers import SPACE, count, percent

WIDTH, HEIGHT = 310.0, 290.0
FLOOR = 1e-3
"""Where the axes begin, unless there are too few others to see that far."""
POINTS = 160
RATES = (0.001, 0.01, 0.05, 0.1, 0.5)
"""False-positive rates of the table."""
_COLOURS = (FIRST, SECOND, FOURTH, FIFTH, THIRD)
_VARIABLES = ("--first", "--second", "--fourth", "--fifth", "--third")
_DASHES: tuple[tuple[float, ...], ...] = ((), (6, 2), (2, 2), (8, 2, 2, 2))


@dataclass(frozen=True, eq=False)
class Curve:
    """One mitigation's strongest attack, pooled over its seeds.

    Attributes:
        title: the mitigation.
        attack: the attack and how it asks.
        roc: members are the genuine scores, others the impostors.
        seeds: how many seeds are pooled.
        flawed: whether a check of the case failed.
        mark: its place among the marks of the chart.
    """

    title: str
    attack: str
    roc: Roc
    seeds: int
    flawed: bool
    mark: int

    @property
    def colour(self) -> str:
        """The CSS variable of its colour."""
        return _VARIABLES[self.mark % len(_VARIABLES)]

    @property
    def dashes(self) -> tuple[float, ...]:
        """Its line: lengths of dashes and gaps; none for a whole line."""
        return _DASHES[self.mark % len(_DASHES)]

    def tpr(self, fpr: float) -> float | None:
        """Return the share of members found at a false-positive rate of at most `fpr`.

        None where so few others were scored that the rate cannot be told from none.
        """
        if self.roc.impostors * fpr < 1:
            return None
        return float(self.roc.tar[np.searchsorted(self.roc.fmr, fpr, side="right") - 1])

    @property
    def row(self) -> tuple[str, ...]:
        """Mitigation, attack, rates at `RATES`, how many members and others."""
        rates = [self.tpr(fpr) for fpr in RATES]
        return (
            self.title,
            self.attack,
            *("too few others" if rate is None else percent(rate) for rate in rates),
            count(self.roc.genuines),
            count(self.roc.impostors),
        )


def curves(setting: ComparableCases) -> tuple[Curve, ...]:
    """Return the curve of each case whose evidence has the scores of its strongest attack."""
    found: list[Curve] = []
    for case in setting.cases:
        known = _pooled(case)
        if known is not None:
            members, others, seeds = known
            ask = case.worst
            assert ask is not None
            attack = f"{ask.name}, {ask.way}"
            pooled = roc(members, others)
            found.append(Curve(case.title, attack, pooled, seeds, bool(case.failed), len(found)))
    return tuple(found)


def _pooled(case: Case) -> tuple[Any, Any, int] | None:
    ask, evidence = case.worst, case.record.evidence
    if ask is None or evidence is None:
        return None
    columns = evidence.columns
    if not {ask.column, "member", "level"} <= columns.keys():
        return None
    scores = np.asarray(columns[ask.column], dtype=np.float64)
    rows = (columns["level"] == ask.level) & np.isfinite(scores)
    member = np.asarray(columns["member"], dtype=bool)
    members, others = scores[rows & member], scores[rows & ~member]
    if ask.level != PAIR or not len(members) or not len(others):
        return None
    seeds = len(np.unique(columns["seed"][rows])) if "seed" in columns else 1
    return members, others, seeds


def roc_chart(found: Sequence[Curve], *, name: str) -> Markup | None:
    """Draw the curves, or return None when there are none.

    Args:
        found: at least one curve.
        name: what the drawing's ids begin with.
    """
    if not found:
        return None
    floor = max(FLOOR, 1 / max(curve.roc.impostors for curve in found))
    with drawing():
        _, axes = blank(WIDTH, HEIGHT, right=22)
        _frame(axes, floor)
        for curve in reversed(found):
            _draw(axes, curve, floor)
        figure = axes.figure
        return inline(
            figure,  # type: ignore[arg-type]
            name=name,
            title="Members found against others wrongly taken for members, both axes logarithmic",
            description=_seen(found),
        )


def _frame(axes: Axes, floor: float) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(floor, 1)
    axes.set_ylim(floor, 1)
    ticks = [tick for tick in (0.001, 0.01, 0.1, 1.0) if tick >= floor]
    said = FuncFormatter(lambda value, _: f"{value * 100:g}{SPACE}%")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_major_formatter(said)
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    axes.set_xlabel("Others wrongly taken for members (FPR)", color=INK, labelpad=5)
    axes.plot([floor, 1], [floor, 1], color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
    axes.annotate(
        "chance",
        (floor**0.3, floor**0.3),
        (4, -5),
        textcoords="offset points",
        color=MUTED,
        va="top",
        ha="left",
        fontsize=9.5,
    )


def _draw(axes: Axes, curve: Curve, floor: float) -> None:
    """Draw a curve as the steps that it is, at no more points than can be seen."""
    places = np.geomspace(floor, 1, POINTS)
    at = np.unique(np.searchsorted(curve.roc.fmr, places, side="right") - 1)
    rates, found = curve.roc.fmr[at], curve.roc.tar[at]
    axes.plot(
        np.maximum(rates, floor / 10),
        np.maximum(found, floor / 10),
        color=_COLOURS[curve.mark % len(_COLOURS)],
        linewidth=1.2 if curve.flawed else 1.7,
        linestyle=(0, curve.dashes) if curve.dashes else "-",
        drawstyle="steps-post",
        alpha=0.6 if curve.flawed else 1,
    )


def _seen(found: Sequence[Curve]) -> str:
    said = [
        f"{curve.title}: {percent(rate)}"
        for curve in found
        if (rate := curve.tpr(0.01)) is not None
    ]
    return (
        f"Members found at 1 % FPR: {'; '.join(said) or 'too few others to say'}. "
        "More of the same numbers are in the table below."
    ).replace(SPACE, " ")
