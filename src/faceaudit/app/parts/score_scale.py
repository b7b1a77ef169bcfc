"""A scale of scores: how strangers and pairs of one person score, a threshold, and one pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import permutations, product

import numpy as np

from faceaudit.app.language import say
from faceaudit.app.parts.numbers import number
from faceaudit.app.parts.numbers import score as written
from faceaudit.app.reference import Distribution, Reference

WIDTH, TOP, HEIGHT, FOOT = 300, 42, 92, 40
"""In units of the drawing: its width, room for labels, the distributions, and the axis."""
_MARGIN = 8
_HALO = "paint-order: stroke; stroke: var(--paper); stroke-width: 3px"


@dataclass(frozen=True)
class ScoreScale:
    """What is drawn.

    Attributes:
        network: its title.
        reference: how it scores other people.
        threshold: from which on a pair is accepted.
        score: of the pair; None where there is none.
    """

    network: str
    reference: Reference
    threshold: float
    score: float | None = None

    def figure(self) -> str:
        """Return it as a figure with its caption: HTML with inline SVG, for `show_drawn`."""
        reference = self.reference
        caption = say(
            "verify.caption",
            genuine=number(reference.genuine.n),
            impostor=number(reference.impostor.n),
            people=number(reference.people),
            who=say("verify.who_real" if reference.real else "verify.who_synthetic"),
        )
        return (
            f'<figure class="chart scale">{self._svg()}'
            f"<figcaption>{escape(caption)}</figcaption></figure>"
        )

    def described(self) -> str:
        """Return it in words, for who cannot see it."""
        ends: dict[str, str] = {}
        for name in ("impostor", "genuine"):
            low, high = middle_of(getattr(self.reference, name), self.reference.edges)
            ends |= {f"{name}_low": said(low), f"{name}_high": said(high)}
        ends["threshold"] = said(self.threshold)
        if self.score is None:
            return say("verify.chart_no_pair", **ends)
        return say("verify.chart_desc", score=said(self.score), **ends)

    def _svg(self) -> str:
        name = "".join(letter for letter in self.network if letter.isalnum())
        height = TOP + HEIGHT + FOOT
        title = escape(say("verify.chart_title", network=self.network))
        return (
            f'<svg viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-labelledby="scale-{name}-title scale-{name}-desc">'
            f'<title id="scale-{name}-title">{title}</title>'
            f'<desc id="scale-{name}-desc">{escape(self.described())}</desc>'
            f"{self._distributions()}{self._axis()}{self._marks()}{self._names()}</svg>"
        )

    def _x(self, score: float) -> float:
        low, high = self.reference.edges[0], self.reference.edges[-1]
        share = (min(max(score, low), high) - low) / (high - low)
        return round(_MARGIN + share * (WIDTH - 2 * _MARGIN), 1)

    def _distributions(self) -> str:
        reference = self.reference
        most = max(*reference.genuine.shares, *reference.impostor.shares)
        drawn = []
        # A dashed outline and a solid one: colour alone tells nothing apart.
        for one, colour, dashes in (
            (reference.impostor, "second", ' stroke-dasharray="5 3"'),
            (reference.genuine, "first", ""),
        ):
            points = self._outline(one.shares, most)
            path = "M" + "L".join(f"{x} {y}" for x, y in points)
            drawn.append(
                f'<path d="{path}Z" style="fill: var(--{colour}); fill-opacity: 0.16"/>'
                f'<path d="{path}" style="fill: none; stroke: var(--{colour}); stroke-width: 1.75"'
                f"{dashes}/>"
            )
        return "".join(drawn)

    def _outline(self, shares: Sequence[float], most: float) -> list[tuple[float, float]]:
        """Return points along the middles of smoothed bars, from the base to the base."""
        kernel = np.array([1, 4, 6, 4, 1]) / 16
        smooth = np.convolve(np.pad(shares, 2), kernel, mode="valid")
        edges = np.array(self.reference.edges)
        middles = (edges[1:] + edges[:-1]) / 2
        base = TOP + HEIGHT
        inner = [
            (self._x(float(x)), round(base - float(y) / most * HEIGHT, 1))
            for x, y in zip(middles, smooth, strict=True)
        ]
        return [(self._x(edges[0]), base), *inner, (self._x(edges[-1]), base)]

    def _names(self) -> str:
        """Return the names of both distributions; on top, so that no line crosses them."""
        reference = self.reference
        return self._named(
            reference.impostor, "second", say("verify.chart_impostor")
        ) + self._named(reference.genuine, "first", say("verify.chart_genuine"))

    def _named(self, one: Distribution, colour: str, words: str) -> str:
        low, high = middle_of(one, self.reference.edges, 0.5)
        x = self._x((low + high) / 2)
        half = 4 * len(words)
        x = min(max(x, _MARGIN + half), WIDTH - _MARGIN - half)
        return (
            f'<text x="{x}" y="{TOP + HEIGHT - 9}" text-anchor="middle" style="font-size: 13px; '
            f'font-weight: 600; fill: var(--{colour}); {_HALO}">{escape(words)}</text>'
        )

    def _axis(self) -> str:
        base = TOP + HEIGHT
        low, high = self.reference.edges[0], self.reference.edges[-1]
        ticks = [step / 4 for step in range(-4, 5) if low <= step / 4 <= high]
        marks = "".join(
            f'<line x1="{self._x(at)}" x2="{self._x(at)}" y1="{base}" y2="{base + 4}"/>'
            for at in ticks
        )
        words = "".join(
            f'<text x="{min(self._x(at), WIDTH - 2)}" y="{base + 17}" '
            f'text-anchor="{"end" if at == 1 else "middle"}">{said(at)}</text>'
            for at in ticks
        )
        less, more = escape(say("verify.chart_less")), escape(say("verify.chart_more"))
        return (
            f'<g style="stroke: var(--muted)"><line x1="{_MARGIN}" x2="{WIDTH - _MARGIN}" '
            f'y1="{base}" y2="{base}"/>{marks}</g>'
            f'<g style="font-size: 12px">{words}'
            f'<text x="{_MARGIN}" y="{base + 34}">\N{LEFTWARDS ARROW} {less}</text>'
            f'<text x="{WIDTH - _MARGIN}" y="{base + 34}" text-anchor="end">'
            f"{more} \N{RIGHTWARDS ARROW}</text></g>"
        )

    def _marks(self) -> str:
        """Return both lines, and then what they are, so that no line crosses words."""
        base, x = TOP + HEIGHT, self._x(self.threshold)
        above = self.score is not None and self.score >= self.threshold
        marks = [_Mark(x, say("verify.chart_threshold", threshold=said(self.threshold)), above)]
        if self.score is not None:
            x = self._x(self.score)
            words = say("verify.chart_score", score=said(self.score))
            marks.append(_Mark(x, words, x > WIDTH / 2))
        lines, labels = [], []
        styles = ('stroke-width: 1.5" stroke-dasharray="2 3"', 'stroke-width: 2.5"')
        for mark, (left, y), style, weight in zip(
            marks, _arranged(marks), styles, (400, 650), strict=False
        ):
            x, top = mark.x, 20 if y == _ROWS[-1] else 26
            lines.append(
                f'<line x1="{x}" x2="{x}" y1="{top}" y2="{base}" '
                f'style="stroke: var(--ink); {style}/>'
            )
            labels.append(_label(x, y, mark.words, left=left, weight=weight))
        if self.score is not None:
            lines.append(f'<path d="M{x} {base} l-4.5 6 h9 Z" style="fill: var(--ink)"/>')
        return "".join(lines + labels)


_ROWS = (34, 14)
"""Where words at lines stand, from the top: the threshold's, and those of the pair."""


@dataclass(frozen=True)
class _Mark:
    """A line on the scale: where it is, what it is, and on which side the words stand best."""

    x: float
    words: str
    left: bool

    def span(self, *, left: bool) -> tuple[float, float]:
        """Return from where to where the words reach on one side."""
        wide = 6.8 * len(self.words)
        return (self.x - 5 - wide, self.x - 5) if left else (self.x + 5, self.x + 5 + wide)


def _arranged(marks: Sequence[_Mark]) -> tuple[tuple[bool, int], ...]:
    """Return for each line whether its words stand left of it, and in which row.

    Chosen so that as little as can be is cut off, or crossed by the line of another: lines whose
    words are in the upper row pass through the lower one.
    """

    def faults(placed: tuple[tuple[bool, int], ...]) -> tuple[float, int, int]:
        cut, crossed, unlike = 0.0, 0, 0
        for mark, (left, row) in zip(marks, placed, strict=True):
            start, end = mark.span(left=left)
            cut += max(0.0, -start - _MARGIN) + max(0.0, end - WIDTH - _MARGIN)
            unlike += left != mark.left
            crossed += row == _ROWS[0] and any(
                start < other.x < end for other in marks if other is not mark
            )
        return cut, crossed, unlike

    choices = [
        tuple(zip(sides, rows, strict=True))
        for rows in permutations(_ROWS, len(marks))
        for sides in product((True, False), repeat=len(marks))
    ]
    return min(choices, key=faults)


def _label(x: float, y: int, words: str, *, left: bool, weight: int) -> str:
    """Return words at a line, on one side of it."""
    place = f'x="{x - 5}" text-anchor="end"' if left else f'x="{x + 5}" text-anchor="start"'
    style = f"font-size: 13px; font-weight: {weight}; {_HALO}"
    return f'<text {place} y="{y}" style="{style}">{escape(words)}</text>'


def middle_of(one: Distribution, edges: Sequence[float], share: float = 0.9) -> tuple[float, float]:
    """Return between which scores the middle share of a distribution lies.

    >>> middle_of(Distribution(4, (0.25, 0.25, 0.25, 0.25)), (0.0, 0.25, 0.5, 0.75, 1.0), 0.5)
    (0.25, 0.75)
    """
    below = np.concatenate([[0.0], np.cumsum(one.shares)])
    ends = np.interp([(1 - share) / 2, (1 + share) / 2], below, edges)
    return float(ends[0]), float(ends[1])


def said(score: float) -> str:
    """Write a score with two decimals, which never round it to an end that it is not at."""
    rounded = round(score, 2) + 0.0  # there is no minus zero
    return written(0.99 if rounded == 1 > score > 0.99 else rounded).replace("-", "\N{MINUS SIGN}")
