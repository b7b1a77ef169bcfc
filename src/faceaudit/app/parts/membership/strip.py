"""Where a pair's score lies among those of pairs that were not learned from, as a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from faceaudit.app.language import say
from faceaudit.app.parts.numbers import share
from faceaudit.types import Estimate

LEFT, RIGHT, TOP, ROW, BOTTOM = 10.0, 12.0, 6.0, 46.0, 46.0
TICKS = (0.0, 0.05, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class StripRow:
    """One row.

    Attributes:
        title: the mitigation, and how the attacker asks.
        fpr: the share of non-members that score at least as high; None where it was not asked.
    """

    title: str
    fpr: Estimate | None


def draw_strip(rows: Sequence[StripRow], width: float) -> str:
    """Return an SVG element of a width with a point and an interval for each row."""
    height = TOP + ROW * len(rows) + BOTTOM
    bottom = TOP + ROW * len(rows)
    parts = []
    for tick in TICKS:
        x = across(tick, width)
        anchor = "start" if tick == 0 else "end" if tick == 1 else "middle"
        parts += [
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP:g}" y2="{bottom:g}" class="grid"/>',
            f'<text x="{x:.1f}" y="{bottom + 17:g}" text-anchor="{anchor}" class="tick">'
            f"{tick:.0%}</text>".replace("%", "\N{NO-BREAK SPACE}%"),
        ]
    parts.append(
        f'<text x="{LEFT:g}" y="{bottom + 37:g}" class="axis">'
        f"{escape(say('membership.strip_across'))}</text>"
    )
    for number, row in enumerate(rows):
        parts.append(_row(row, TOP + ROW * number, width))
    words = " ".join(
        say("membership.strip_row", title=row.title, share=share(row.fpr.value))
        for row in rows
        if row.fpr is not None
    )
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" class="chart" '
        f'aria-label="{escape(say("membership.strip_title"))} {escape(words)}">'
        f"{''.join(parts)}</svg>"
    )


def _row(row: StripRow, top: float, width: float) -> str:
    title = f'<text x="{LEFT:g}" y="{top + 16:.1f}" class="word">{escape(row.title)}</text>'
    middle = top + 31
    if row.fpr is None:
        return title + (
            f'<text x="{LEFT:g}" y="{middle + 4:.1f}" class="soft">'
            f"{escape(say('membership.not_asked'))}</text>"
        )
    value, low, high = (across(one, width) for one in (row.fpr.value, row.fpr.low, row.fpr.high))
    return title + (
        f'<line x1="{LEFT:g}" x2="{width - RIGHT:g}" y1="{middle:.1f}" y2="{middle:.1f}" '
        'stroke="var(--rule)" stroke-width="1"/>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{middle:.1f}" y2="{middle:.1f}" '
        'stroke="var(--first)" stroke-width="5" stroke-linecap="round" stroke-opacity="0.35"/>'
        f'<circle cx="{value:.1f}" cy="{middle:.1f}" r="6" fill="var(--first)"/>'
    )


def across(rate: float, width: float) -> float:
    """Return where a rate is: low ones, which matter, have more room.

    >>> across(0.0, 350) == LEFT, across(1.0, 350) == 350 - RIGHT
    (True, True)
    """
    return LEFT + float(rate**0.5) * (width - LEFT - RIGHT)
