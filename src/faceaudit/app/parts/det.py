"""The detection error tradeoff as a drawing: both errors on axes of normal deviates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from statistics import NormalDist

from faceaudit.app.language import say
from faceaudit.app.parts.numbers import share

WIDTH, HEIGHT = 430.0, 400.0
LEFT, BOTTOM, TOP, RIGHT = 66.0, 54.0, 12.0, 14.0
LOWEST, HIGHEST = 0.001, 0.6
"""Rates at the ends of both axes."""
TICKS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4)
_DEVIATE = NormalDist().inv_cdf
_FROM, _TO = _DEVIATE(LOWEST), _DEVIATE(HIGHEST)


@dataclass(frozen=True)
class DetLine:
    """One system's curve.

    Attributes:
        mark: the letter at its point, and in the legend; empty where it stands behind others.
        title: what it is of.
        x, y: normal deviates of FMR and of FNMR.
        point: FMR and FNMR at the threshold that is chosen; None for those that stand behind.
    """

    mark: str
    title: str
    x: Sequence[float]
    y: Sequence[float]
    point: tuple[float, float] | None = None


def draw_det(lines: Sequence[DetLine]) -> str:
    """Return the curves as an SVG element: those with a mark above, others quietly behind."""
    parts = [_axes()]
    marked = [line for line in lines if line.mark]
    parts += [_path(line, "var(--rule)", 2.0, "") for line in lines if not line.mark]
    parts += [
        _path(line, colour, 2.5, dashes)
        for line, (colour, dashes) in zip(marked, _STYLES, strict=False)
    ]
    for line, (colour, _), away in zip(marked, _STYLES, (-1, 1), strict=False):
        if line.point is not None:
            parts.append(_point(line, colour, away))
    words = " ".join(
        say(
            "system.det_point",
            title=line.title,
            fmr=share(line.point[0]),
            fnmr=share(line.point[1]),
        )
        for line in marked
        if line.point is not None
    )
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" class="chart" '
        f'aria-label="{escape(say("system.det_title"))}. {escape(words)}">{"".join(parts)}</svg>'
    )


def legend(lines: Sequence[DetLine]) -> str:
    """Return what lines stand for, as a list beside the drawing."""
    marked = [line for line in lines if line.mark]
    rows = [
        f'<li><svg viewBox="0 0 44 16" width="44" height="16" aria-hidden="true">'
        f'<line x1="1" x2="43" y1="8" y2="8" stroke="{colour}" stroke-width="2.5" '
        f'stroke-dasharray="{dashes}"/></svg> <strong>{line.mark}</strong> '
        f"{escape(line.title)}</li>"
        for line, (colour, dashes) in zip(marked, _STYLES, strict=False)
    ]
    if len(marked) < len(lines):
        rows.append(
            '<li class="quiet"><svg viewBox="0 0 44 16" width="44" height="16" aria-hidden="true">'
            '<line x1="1" x2="43" y1="8" y2="8" stroke="var(--rule)" stroke-width="2"/></svg> '
            f"{escape(say('system.det_others'))}</li>"
        )
    return f'<ul class="legend">{"".join(rows)}</ul>'


_STYLES = (("var(--first)", ""), ("var(--second)", "7 4"))


def place(fmr: float, fnmr: float) -> tuple[float, float]:
    """Return where rates are in the drawing; those beyond its ends are at them.

    >>> place(0.001, 0.6) == (LEFT, TOP)
    True
    """
    return _across(_DEVIATE(min(max(fmr, LOWEST), HIGHEST))), _down(
        _DEVIATE(min(max(fnmr, LOWEST), HIGHEST))
    )


def _across(deviate: float) -> float:
    return LEFT + (deviate - _FROM) / (_TO - _FROM) * (WIDTH - LEFT - RIGHT)


def _down(deviate: float) -> float:
    return HEIGHT - BOTTOM - (deviate - _FROM) / (_TO - _FROM) * (HEIGHT - BOTTOM - TOP)


def _path(line: DetLine, colour: str, width: float, dashes: str) -> str:
    inside = [
        (_across(x), _down(y))
        for x, y in zip(line.x, line.y, strict=True)
        if _FROM <= x <= _TO and _FROM <= y <= _TO
    ]
    if not inside:
        return ""
    steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in inside)
    return (
        f'<polyline points="{steps}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
        f'stroke-dasharray="{dashes}" stroke-linejoin="round"/>'
    )


def _point(line: DetLine, colour: str, away: float) -> str:
    """Return a dot on the curve and its letter beside it: each line's on a side of its own."""
    assert line.point is not None
    x, y = place(*line.point)
    aside, up = x + 20 * away, y - 20 * away
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{aside:.1f}" y2="{up:.1f}" stroke="{colour}" '
        f'stroke-width="1.5"/><circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>'
        f'<circle cx="{aside:.1f}" cy="{up:.1f}" r="11" fill="var(--paper)" stroke="{colour}" '
        f'stroke-width="2"/><text x="{aside:.1f}" y="{up + 4.5:.1f}" text-anchor="middle" '
        f'font-size="14" font-weight="650" fill="{colour}">{escape(line.mark)}</text>'
    )


def _axes() -> str:
    parts = []
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    for tick in TICKS:
        x, y = _across(_DEVIATE(tick)), _down(_DEVIATE(tick))
        label = escape(_label(tick))
        parts += [
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP:g}" y2="{bottom:g}" class="grid"/>',
            f'<line x1="{LEFT:g}" x2="{right:g}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>',
            f'<text x="{x:.1f}" y="{bottom + 18:g}" text-anchor="middle" class="tick">'
            f"{label}</text>",
            f'<text x="{LEFT - 8:g}" y="{y + 4:.1f}" text-anchor="end" class="tick">{label}</text>',
        ]
    middle = (LEFT + right) / 2, (TOP + bottom) / 2
    parts += [
        f'<text x="{middle[0]:g}" y="{HEIGHT - 8:g}" text-anchor="middle" class="axis">'
        f"{escape(say('system.det_across'))}</text>",
        f'<text x="14" y="{middle[1]:g}" text-anchor="middle" class="axis" '
        f'transform="rotate(-90 14 {middle[1]:g})">{escape(say("system.det_up"))}</text>',
    ]
    return "".join(parts)


def _label(rate: float) -> str:
    return share(rate).replace(".0", "").replace(",0", "")
