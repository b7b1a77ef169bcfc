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
from faceaudit.report.membership.cases import (
    PAIR,
    RATE,
    Case,
    ComparableCases,
)
from faceaudit.report.membership.words import describe_attack_run
from faceaudit.report.numbers import SPACE, count, percent
from faceaudit.types import Float64Array

if TYPE_CHECKING:
    from matplotlib import ticker
    from matplotlib.axes import Axes
else:
    ticker = deferred("matplotlib.ticker")

WIDTH, HEIGHT = 310.0, 290.0
FLOOR = 1e-3
"""The rate at which the axes begin, unless too few non-members were scored to tell it from none."""
POINTS = 160
"""Most points that a drawn curve has."""
RATES = (0.001, 0.01, 0.05, 0.1, 0.5)
"""False-positive rates of the table."""
_COLOURS = (FIRST, SECOND, FOURTH, FIFTH, THIRD)
_VARIABLES = ("--first", "--second", "--fourth", "--fifth", "--third")
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
        """The CSS variable of its colour."""
        return _VARIABLES[self.mark % len(_VARIABLES)]

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
    """Draw the curves, or return None when there are none.

    Args:
        drawn: the curves.
        name: what the drawing's ids begin with.
    """
    if not drawn:
        return None
    floor = max(FLOOR, 1 / max(curve.roc.impostors for curve in drawn))
    with drawing():
        figure, axes = blank(WIDTH, HEIGHT, right=22)
        _frame_axes(axes, floor)
        for curve in reversed(drawn):
            _draw_curve(axes, curve, floor)
        return inline(
            figure,
            name=name,
            title="Members found against non-members taken for members, both axes logarithmic",
            description=_describe_curves(drawn),
        )


def _frame_axes(axes: Axes, floor: float) -> None:
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
    axes.set_xlabel("Non-members taken for members (FPR)", color=INK, labelpad=5)
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


def _draw_curve(axes: Axes, curve: Curve, floor: float) -> None:
    """Draw a curve as the steps that it is, at no more points than can be seen."""
    sampled = np.geomspace(floor, 1, POINTS)
    steps = np.unique(np.searchsorted(curve.roc.fmr, sampled, side="right") - 1)
    axes.plot(
        np.maximum(curve.roc.fmr[steps], floor / 10),
        np.maximum(curve.roc.tar[steps], floor / 10),
        color=_COLOURS[curve.mark % len(_COLOURS)],
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
