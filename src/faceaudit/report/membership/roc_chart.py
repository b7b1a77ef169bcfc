"""ROC curves of the strongest attack on each mitigation, with two logarithmic axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from faceaudit.deferred import deferred
from faceaudit.metrics.roc import Roc, roc
from faceaudit.records.membership import score_column
from faceaudit.report.drawing.label_placement import Box
from faceaudit.report.drawing.svg import (
    FIFTH,
    FIRST,
    FOURTH,
    MUTED,
    RULE,
    SECOND,
    THIRD,
    blank,
    drawing,
    inline,
)
from faceaudit.report.membership.cases import (
    PAIR,
    RATE,
    Case,
    ComparableCases,
)
from faceaudit.report.membership.chart_words import Label, draw, name_axes, place, to_points
from faceaudit.report.membership.words import describe_attack_run
from faceaudit.report.numbers import SPACE, count, percent
from faceaudit.types import Float64Array

if TYPE_CHECKING:
    from matplotlib import ticker
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
else:
    ticker = deferred("matplotlib.ticker")

WIDTH, HEIGHT = 330.0, 300.0
FLOOR = 1e-3
"""The rate at which the axes begin, unless too few non-members were scored to tell it from none."""
ROOMY = 6
"""Number of labels that have room at the chart's usual height."""
EACH = 15.0
"""Points that each further label adds to the height at first."""
TALLER = 60.0
"""Points that the chart grows by where its labels found no room."""
POINTS = 160
"""Most points that a drawn curve has."""
RATES = (0.001, 0.01, 0.05, 0.1, 0.5)
"""False-positive rates of the table."""
_COLOURS = (FIRST, SECOND, FOURTH, FIFTH, THIRD)
_DASHES: tuple[tuple[float, ...], ...] = ((), (6, 2), (2, 2), (8, 2, 2, 2))


@dataclass(frozen=True, eq=False)
class Curve:
    """One mitigation's strongest attack on pairs, pooled over targets whose scores were kept.

    Attributes:
        title: the mitigation.
        attack: the attack and how it asks.
        roc: members are the genuine scores, non-members the impostors.
        targets: how many targets are pooled.
        flawed: whether a check of the case failed.
        mark: its place among the marks of the chart.
    """

    title: str
    attack: str
    roc: Roc
    targets: int
    flawed: bool
    mark: int

    @property
    def colour(self) -> str:
        """Its colour, as `faceaudit.report.drawing.svg` names it."""
        return _COLOURS[self.mark % len(_COLOURS)]

    @property
    def dashes(self) -> tuple[float, ...]:
        """Its line: lengths of dashes and gaps; none for a whole line."""
        return _DASHES[self.mark % len(_DASHES)]

    def tpr(self, fpr: float) -> float | None:
        """Return the share of members found at a false-positive rate of at most `fpr`.

        None where so few non-members were scored that the rate cannot be told from none.
        """
        if self.roc.impostors * fpr < 1:
            return None
        return float(self.roc.tar[np.searchsorted(self.roc.fmr, fpr, side="right") - 1])

    @property
    def row(self) -> tuple[str, ...]:
        """Mitigation, attack, rates at `RATES`, how many members and non-members."""
        rates = [self.tpr(fpr) for fpr in RATES]
        return (
            self.title,
            self.attack,
            *("too few non-members" if rate is None else percent(rate) for rate in rates),
            count(self.roc.genuines),
            count(self.roc.impostors),
        )


@dataclass(frozen=True, eq=False)
class _PooledScores:
    """Scores of an attack on pairs, over all targets.

    Attributes:
        members: (M,) scores of members.
        nonmembers: (N,) scores of non-members.
        targets: how many target verifiers they are of.
    """

    members: Float64Array
    nonmembers: Float64Array
    targets: int


def curves(group: ComparableCases) -> tuple[Curve, ...]:
    """Return the curve of each case whose evidence has the scores of its strongest on pairs."""
    drawn: list[Curve] = []
    for case in group.cases:
        run, pooled = case.strongest(PAIR), _pool_scores(case)
        if run is not None and pooled is not None:
            curve = Curve(
                title=case.title,
                attack=describe_attack_run(run),
                roc=roc(pooled.members, pooled.nonmembers),
                targets=pooled.targets,
                flawed=bool(case.failed),
                mark=len(drawn),
            )
            drawn.append(curve)
    return tuple(drawn)


def _pool_scores(case: Case) -> _PooledScores | None:
    """Return the scores of a case's strongest attack on pairs; None where not kept."""
    run, evidence = case.strongest(PAIR), case.record.evidence
    if run is None or evidence is None:
        return None
    columns, scored = evidence.columns, score_column(run.attack, run.strategy)
    if not {scored, "member", "level", "target"} <= columns.keys():
        return None
    scores = np.asarray(columns[scored], dtype=np.float64)
    rows = (columns["level"] == run.level) & np.isfinite(scores)
    member = np.asarray(columns["member"], dtype=bool)
    members, nonmembers = scores[rows & member], scores[rows & ~member]
    if not len(members) or not len(nonmembers):
        return None
    return _PooledScores(members, nonmembers, len(np.unique(columns["target"][rows])))


def roc_chart(drawn: Sequence[Curve], *, name: str) -> Markup | None:
    """Draw the curves, each labelled, or return None when there are none.

    The chart grows until every label has room.

    Args:
        drawn: the curves.
        name: what the drawing's ids begin with.
    """
    if not drawn:
        return None
    floor = max(FLOOR, 1 / max(curve.roc.impostors for curve in drawn))
    with drawing():
        for step in range(20):
            height = HEIGHT + EACH * max(0, len(drawn) - ROOMY) + step * TALLER
            figure, axes = blank(WIDTH, height, right=22)
            _frame_axes(figure, axes, floor)
            labels = _labels(drawn, floor)
            placed = place(figure, axes, labels, _lines(figure, axes, drawn, floor))
            if placed is not None:
                break
        for curve in reversed(drawn):
            _draw_curve(axes, curve, floor)
        for label, where in zip(labels, placed or (), strict=False):
            draw(figure, axes, label, where)
        return inline(
            figure,
            name=name,
            title="Members found against non-members taken for members, both axes logarithmic",
            description=_describe_curves(drawn),
        )


def _frame_axes(figure: Figure, axes: Axes, floor: float) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(floor, 1)
    axes.set_ylim(floor, 1)
    ticks = [tick for tick in (0.001, 0.01, 0.1, 1.0) if tick >= floor]
    percent_labels = ticker.FuncFormatter(lambda value, _: f"{value * 100:g}{SPACE}%")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(ticker.FixedLocator(ticks))
        axis.set_major_formatter(percent_labels)
        axis.set_minor_locator(ticker.NullLocator())
        axis.set_minor_formatter(ticker.NullFormatter())
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    name_axes(
        figure,
        axes,
        across="False-positive rate: others called members; logarithmic",
        up="True-positive rate: members found; logarithmic",
    )
    axes.plot([floor, 1], [floor, 1], color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))


def _labels(drawn: Sequence[Curve], floor: float) -> list[Label]:
    """Return a label for each curve, where it lies farthest from all others, and one for chance."""
    rates = np.geomspace(floor, 0.3, 24)[1:]
    heights = np.log([np.maximum(_heights(curve, rates), floor) for curve in drawn])
    every = np.vstack([heights, np.log(rates)])
    labels = []
    for number, curve in enumerate(drawn):
        others = np.delete(every, number, axis=0)
        best = int(np.argmax(np.abs(others - heights[number]).min(axis=0)))
        title = f"{curve.title} (not to be relied on)" if curve.flawed else curve.title
        y = max(float(np.exp(heights[number, best])), floor)
        labels.append(Label(title, float(rates[best]), y, curve.colour))
    return [*labels, Label("chance", floor**0.3, floor**0.3, MUTED)]


def _heights(curve: Curve, rates: Float64Array) -> Float64Array:
    """Return the share of members found at each rate of false positives."""
    found: Float64Array = curve.roc.tar[np.searchsorted(curve.roc.fmr, rates, side="right") - 1]
    return found


def _lines(figure: Figure, axes: Axes, drawn: Sequence[Curve], floor: float) -> list[Box]:
    """Return boxes along all curves and the line of chance, in points."""
    rates = np.geomspace(floor, 1, 40)
    boxes: list[Box] = []
    for heights in [*(_heights(curve, rates) for curve in drawn), rates]:
        for rate, height in zip(rates.tolist(), heights.tolist(), strict=True):
            x, y = to_points(figure, axes, rate, max(height, floor))
            boxes.append((x - 3, y - 2, x + 3, y + 2))
    return boxes


def _draw_curve(axes: Axes, curve: Curve, floor: float) -> None:
    """Draw a curve as the steps that it is, at no more points than can be seen."""
    sampled = np.geomspace(floor, 1, POINTS)
    steps = np.unique(np.searchsorted(curve.roc.fmr, sampled, side="right") - 1)
    axes.plot(
        np.maximum(curve.roc.fmr[steps], floor / 10),
        np.maximum(curve.roc.tar[steps], floor / 10),
        color=curve.colour,
        linewidth=1.2 if curve.flawed else 1.7,
        linestyle=(0, curve.dashes) if curve.dashes else "-",
        drawstyle="steps-post",
        alpha=0.6 if curve.flawed else 1,
    )


def _describe_curves(drawn: Sequence[Curve]) -> str:
    rates = [
        f"{curve.title}: {percent(rate)}"
        for curve in drawn
        if (rate := curve.tpr(RATE)) is not None
    ]
    return (
        f"Members found at 1 % FPR: {'; '.join(rates) or 'too few non-members to say'}. "
        "More of the same numbers are in the table below."
    ).replace(SPACE, " ")
