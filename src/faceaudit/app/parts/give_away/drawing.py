"""Pictures and charts of the page Give-away, as HTML and SVG."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib import resources

import numpy as np
import streamlit as st
from PIL import Image

from faceaudit.app.language import say, written
from faceaudit.types import Estimate, Float64Array, FloatArray, ImageArray

STEP, PICTURE, LEFT, RIGHT, CHART = 56.0, 50.0, 44.0, 84.0, 150.0
"""Of the film strip: width of a picture's place and of a picture, room at the left and the right,
and height of the chart above, in the drawing's own units."""

MINUS = "\N{MINUS SIGN}"


def dress() -> None:
    """Add the style of the page."""
    st.html(f"<style>{_style()}</style>")


@cache
def _style() -> str:
    return (resources.files(__package__) / "look.css").read_text(encoding="utf-8")


def address(image: ImageArray) -> str:
    """Return a picture as the address of an image; it is in no file and at no other address."""
    out = io.BytesIO()
    Image.fromarray(image).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def cosine(value: float) -> str:
    """Write a cosine with two digits; one that is less than 1 is never rounded to it."""
    text = f"{round(value, 2) + 0.0:.2f}"  # there is no minus zero
    if text == "1.00" and value < 1 - 1e-6:
        text = "0.99+"
    text = text.replace("-", MINUS)
    return written(text)


def trio(
    photo: ImageArray,
    template: FloatArray,
    rebuilt: ImageArray | None,
    caption: tuple[str, str],
) -> str:
    """Return the photo, its template and the face rebuilt from that, side by side.

    Args:
        photo: as the network saw it.
        template: (E,) of it.
        rebuilt: None where there is nothing yet.
        caption: of the rebuilt face, and what is to be known beside.
    """
    height, width = photo.shape[:2]
    shown = (
        '<div class="nothing" role="img" aria-label="'
        + escape(say("give_away.nothing_yet"))
        + '"></div>'
        if rebuilt is None
        else f'<img src="{address(rebuilt)}" alt="{escape(say("give_away.rebuilt_alt"))}">'
    )
    return (
        f'<div class="trio" style="--shape: {width} / {height}">'
        f'<figure><img src="{address(photo)}" alt="{escape(say("give_away.photo_alt"))}">'
        f"{_caption(say('give_away.photo'), say('give_away.photo_note'))}</figure>"
        f'<figure class="numbers">{bars(template)}'
        f"{_caption(say('give_away.template'), say('give_away.template_note', n=len(template)))}"
        f"<code>{escape(first_numbers(template))}</code></figure>"
        f"<figure>{shown}{_caption(*caption)}</figure></div>"
    )


def _caption(title: str, rest: str) -> str:
    return f"<figcaption><b>{escape(title)}</b> <span>{escape(rest)}</span></figcaption>"


def bars(template: FloatArray) -> str:
    """Return a template as bars: those above the middle are positive, those below negative."""
    unit = template / (np.abs(template).max() or 1)
    zero = 116 if unit.min() >= 0 else 60  # many networks give no negative numbers
    lines = "".join(
        f'<line x1="{4 * place + 2}" x2="{4 * place + 2}" y1="{zero}" '
        f'y2="{zero - (zero - 4) * value:.1f}"/>'
        for place, value in enumerate(unit.tolist())
    )
    width = 4 * len(template)
    return (
        f'<svg class="bars" viewBox="0 0 {width} 120" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(say("give_away.template_alt", n=len(template)))}">'
        f'<line class="axis" x1="0" x2="{width}" y1="{zero}" y2="{zero}"/>{lines}</svg>'
    )


def first_numbers(template: FloatArray, count: int = 9) -> str:
    """Return some numbers of a template of length 1 as text, from the first that are not 0."""
    unit = template / (np.linalg.norm(template) or 1)
    start = max(0, int(np.argmax(np.abs(unit) >= 0.005)) - 1)
    shown = [cosine(value) for value in unit[start : start + count].tolist()]
    return "  ".join([*(["…"] if start else []), *shown, "…"])


def journey(
    images: ImageArray,
    done: Sequence[int],
    own: Float64Array,
    other: Float64Array | None,
    limits: Sequence[tuple[float, str]],
    chosen: int,
    unit: str,
) -> str:
    """Return a film strip of the pictures on the way, and how alike each is to the person.

    Args:
        images: (S, H, W, 3) uint8.
        done: after how many steps or queries there was each.
        own: (S,) cosines with the stolen template.
        other: (S,) cosines with another photo; None where there is none.
        limits: thresholds, and what to call them.
        chosen: the picture that is marked.
        unit: "step" or "query".
    """
    height = PICTURE * images.shape[1] / images.shape[2]
    end, top = LEFT + STEP * len(images), 12.0
    width = end + RIGHT
    values = np.concatenate([own, *([] if other is None else [other])])
    low = float(np.floor(4 * min(values.min(), *(value for value, _ in limits), 0.75)) / 4)

    def across(place: int) -> float:
        return LEFT + STEP * (place + 0.5)

    def up(value: float) -> float:
        return top + CHART * (1 - value) / (1 - low)

    grid = "".join(
        f'<line class="grid" x1="{LEFT}" x2="{end}" y1="{up(tick):.1f}" y2="{up(tick):.1f}"/>'
        f'<text x="{LEFT - 8}" y="{up(tick) + 4:.1f}" text-anchor="end">{cosine(tick)}</text>'
        for tick in np.arange(low, 1.01, 0.25 if low > -0.5 else 0.5).tolist()
    )
    marks = "".join(
        f'<line class="limit" x1="{LEFT}" x2="{end}" y1="{up(value):.1f}" y2="{up(value):.1f}"/>'
        f'<text class="ink" x="{end + 6}" y="{up(value) + 4:.1f}">{escape(words)}</text>'
        for value, words in limits
    )
    foot = top + CHART + 14
    strip = "".join(
        f'<image href="{address(image)}" x="{across(place) - PICTURE / 2:.1f}" y="{foot}" '
        f'width="{PICTURE}" height="{height:.1f}" preserveAspectRatio="none"/>'
        f'<text x="{across(place):.1f}" y="{foot + height + 16:.1f}" text-anchor="middle">'
        f"{steps}</text>"
        for place, (image, steps) in enumerate(zip(images, done, strict=True))
    )
    x = across(chosen)
    frame = (
        f'<line class="now" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{foot}"/>'
        f'<rect class="chosen" x="{x - PICTURE / 2 - 1:.1f}" y="{foot - 1}" '
        f'width="{PICTURE + 2}" height="{height + 2:.1f}" rx="2"/>'
    )
    lines = _line("own", [(across(n), up(value)) for n, value in enumerate(own.tolist())])
    lines += "".join(
        f'<circle cx="{across(n):.1f}" cy="{up(value):.1f}" r="3.4"/>'
        for n, value in enumerate(own.tolist())
    )
    if other is not None:
        points = [(across(n), up(value)) for n, value in enumerate(other.tolist())]
        lines += _line("other", points) + "".join(
            f'<rect class="square" x="{a - 3:.1f}" y="{b - 3:.1f}" width="6" height="6"/>'
            for a, b in points
        )
    told = say(
        "give_away.journey_alt",
        n=len(images),
        first=cosine(float(own[0])),
        last=cosine(float(own[-1])),
    )
    return (
        '<figure class="journey"><div class="strip" role="region" tabindex="0" '
        f'aria-label="{escape(say("give_away.journey_label"))}">'
        f'<svg viewBox="0 0 {width:.0f} {foot + height + 24:.0f}" role="img" '
        f'aria-label="{escape(told)}">{grid}{marks}{lines}{strip}{frame}</svg></div>'
        f"<figcaption>{legend(both=other is not None)}"
        f"<p>{escape(say(f'give_away.journey_{unit}'))}</p></figcaption></figure>"
    )


def _line(kind: str, points: Sequence[tuple[float, float]]) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{kind}" points="{path}"/>'


def legend(*, both: bool) -> str:
    """Return what the lines of a journey are, each with a piece of it."""
    entries = [("own", '<circle cx="13" cy="6" r="3.4"/>')]
    if both:
        entries.append(("other", '<rect class="square" x="10" y="3" width="6" height="6"/>'))
    return "".join(
        '<span class="key"><svg viewBox="0 0 26 12" aria-hidden="true">'
        f'<line class="{name}" x1="0" x2="26" y1="6" y2="6"/>{mark}</svg> '
        f"{escape(say(f'give_away.line_{name}'))}</span>"
        for name, mark in entries
    )


def rail(score: float, limits: Sequence[float], low: float) -> str:
    """Return a score on a line from `low` to 1, with thresholds as ticks; words say it beside."""

    def across(value: float) -> float:
        return 6 + 124 * (min(max(value, low), 1) - low) / (1 - low)

    ticks = "".join(
        f'<line class="limit" x1="{across(one):.1f}" x2="{across(one):.1f}" y1="3" y2="21"/>'
        for one in limits
    )
    over = " over" if limits and score >= limits[0] else ""
    return (
        '<svg viewBox="0 0 136 24" aria-hidden="true">'
        f'<line class="rail" x1="6" x2="130" y1="12" y2="12"/>{ticks}'
        f'<circle class="dot{over}" cx="{across(score):.1f}" cy="12" r="5"/></svg>'
    )


def wide(table: str, label: str) -> str:
    """Return a table that scrolls by itself where the window is too narrow for it."""
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(label)}">{table}</div>'
    )


def spread(estimate: Estimate, chance: float) -> str:
    """Return an estimate with its interval on a line from 0.4 to 1, and where guessing is."""

    def across(value: float) -> float:
        return 6 + 164 * (min(max(value, 0.4), 1) - 0.4) / 0.6

    return (
        '<svg viewBox="0 0 176 24" aria-hidden="true">'
        '<line class="rail" x1="6" x2="170" y1="12" y2="12"/>'
        f'<line class="chance" x1="{across(chance):.1f}" x2="{across(chance):.1f}" y1="2" y2="22"/>'
        f'<line class="range" x1="{across(estimate.low):.1f}" x2="{across(estimate.high):.1f}" '
        f'y1="12" y2="12"/><circle class="dot" cx="{across(estimate.value):.1f}" cy="12" r="4.5"/>'
        "</svg>"
    )
