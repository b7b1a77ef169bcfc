"""Chart of success against the false match rate, on a logarithmic axis, from raw scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from faceaudit.deferred import deferred
from faceaudit.records.inversion import LOOK_ALIKE, PHOTO, column
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
from faceaudit.report.inversion.runs import Run, beside
from faceaudit.report.inversion.words import REFERENCES
from faceaudit.report.numbers import SPACE, percent

if TYPE_CHECKING:
    from matplotlib import ticker
else:
    ticker = deferred("matplotlib.ticker")

WIDTH, HEIGHT, LINE = 420.0, 230.0, 16.0
MOST = 5
"""Attacks that are drawn."""
COLOURS = (FIRST, SECOND, THIRD, FOURTH, FIFTH)
BESIDE = ((PHOTO, (0, (5, 2))), (LOOK_ALIKE, (0, (1, 2))))
"""References that are drawn, each with its dashes."""


@dataclass(frozen=True, eq=False)
class Line:
    """Success of one attack, or of a reference, at each false match rate.

    Attributes:
        title: what it is.
        points: (false match rate, share of tries that pass), rates rising.
    """

    title: str
    points: tuple[tuple[float, float], ...]


def success_lines(runs: Sequence[Run]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Return the lines of the first attacks, and those of references; type II.

    Args:
        runs: on templates without protection, with their evidence.
    """
    kept = [one for one in runs if one.record.evidence is not None and one.facts.curve][:MOST]
    attacks = tuple(Line(one.title, _points(one, "")) for one in kept)
    references = tuple(
        Line(f"{REFERENCES[name]}{one.of_seed}", _points(one, name))
        for one in beside(kept)[:1]
        for name, _ in BESIDE
    )
    return attacks, references


def _points(run: Run, reference: str) -> tuple[tuple[float, float], ...]:
    """Return the share of all tries that reach each threshold; a try without a face never does."""
    evidence = run.record.evidence
    assert evidence is not None
    scores = evidence.columns[column("other", reference)][:, 0].astype(np.float64)
    return tuple((rate, float(np.mean(scores >= limit))) for rate, limit in run.facts.curve)


def success_chart(runs: Sequence[Run], *, name: str) -> Markup | None:
    """Draw success against the false match rate; None where no raw scores were kept.

    Args:
        runs: on templates without protection.
        name: what the drawing's ids begin with.
    """
    attacks, references = success_lines(runs)
    if not attacks:
        return None
    lowest = min(one.points[0][0] for one in attacks)
    rows = LINE * (len(attacks) + len(references))
    with drawing():
        figure, axes = blank(WIDTH, HEIGHT + rows)
        box = axes.get_position()
        share = rows / (HEIGHT + rows)
        axes.set_position((box.x0, box.y0, box.width, box.height - share))
        axes.set_xscale("log")
        axes.set_xlim(lowest, 1)
        axes.set_ylim(-0.02, 1.02)
        axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda x, _: f"{x * 100:g}{SPACE}%"))
        axes.xaxis.set_minor_locator(ticker.NullLocator())
        axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y * 100:.0f}{SPACE}%"))
        axes.set_xlabel("False match rate, logarithmic scale", color=INK, labelpad=5)
        for colour, one in zip(COLOURS, attacks, strict=False):
            axes.plot(*zip(*one.points, strict=True), color=colour, linewidth=1.8, label=one.title)
        for (_, dashes), one in zip(BESIDE, references, strict=True):
            axes.plot(
                *zip(*one.points, strict=True),
                color=MUTED,
                linestyle=dashes,
                linewidth=1.5,
                label=one.title,
            )
        legend = figure.legend(loc="upper left", frameon=False, fontsize=10, borderpad=0.1)
        for text in legend.get_texts():
            text.set_color(INK)
        return inline(
            figure,
            name=name,
            title="Success of type II against the false match rate",
            description=_describe((*attacks, *references)),
        )


def _describe(lines: Sequence[Line]) -> str:
    said = [
        f"{one.title}: {percent(one.points[0][1])} at FMR {one.points[0][0] * 100:.2g} %, "
        f"{percent(one.points[-1][1])} at {one.points[-1][0] * 100:.2g} %"
        for one in lines
    ]
    return f"{'; '.join(said)}.".replace(SPACE, " ")
