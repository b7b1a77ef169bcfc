"""A matplotlib figure as an SVG element that takes its colours and type from the page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from faceaudit.deferred import deferred
from faceaudit.report.spelling import spelled_out

if TYPE_CHECKING:
    from matplotlib import figure as figures
    from matplotlib import style
    from matplotlib.axes import Axes
    from matplotlib.backends import backend_svg
    from matplotlib.figure import Figure
else:
    figures = deferred("matplotlib.figure")
    style = deferred("matplotlib.style")
    backend_svg = deferred("matplotlib.backends.backend_svg")

# Placeholder colours that no drawing would use by chance; each becomes a CSS variable of the page,
# so that a chart is as readable on dark ground as on light.
INK = "#010203"
MUTED = "#010204"
RULE = "#010205"
PAPER = "#010206"
FIRST = "#010207"
SECOND = "#010208"
THIRD = "#010209"
FOURTH = "#01020a"
FIFTH = "#01020b"
_VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    RULE: "--rule",
    PAPER: "--paper",
    FIRST: "--first",
    SECOND: "--second",
    THIRD: "--third",
    FOURTH: "--fourth",
    FIFTH: "--fifth",
}
_SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "faceaudit",
    "text.parse_math": False,  # else a name with two dollar signs is a formula, or an error
    "font.size": 11,
    "axes.linewidth": 0.8,
    "lines.solid_capstyle": "round",
}


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with the report's settings; those of other users of matplotlib have no effect."""
    with style.context(["default", _SETTINGS]):
        yield


def blank(width: float, height: float, right: float = 12) -> tuple[Figure, Axes]:
    """Return an empty chart, `width` by `height` points, with quiet axes.

    Args:
        width: of the whole chart.
        height: of the whole chart.
        right: room at its right, for words beside a line.
    """
    figure = figures.Figure(figsize=(width / 72, height / 72))
    backend_svg.FigureCanvasSVG(figure)
    left, bottom, top = 46, 42, 10
    axes = figure.add_axes(
        (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    )
    figure.patch.set_visible(False)
    axes.patch.set_visible(False)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(MUTED)
    axes.tick_params(colors=MUTED, labelcolor=MUTED, width=0.8, length=3)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def _shorten_numbers(tag: re.Match[str]) -> str:
    """Cut numbers within a tag to hundredths of a point, finer than any screen; never labels."""
    return re.sub(r"(\d\.\d\d)\d+", r"\1", tag[0])


def inline(figure: Figure, *, name: str, title: str, description: str) -> Markup:
    """Return a figure as an `<svg>` element to stand in a page.

    Args:
        figure: drawn in the colours of this module.
        name: what its inner ids begin with; unique in the page.
        title: the chart's title, in a few words.
        description: its content in words, for readers who do not see it.
    """
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(buffer, format="svg", metadata=nothing)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.S)
    box = re.search(r'viewBox="[^"]*"', text)
    assert box is not None
    text = text[text.index(">") + 1 :]
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    text = re.sub(r' id="([^"]+)"', rf' id="{name}-\1"', text)
    text = re.sub(r'(?:xlink:)?href="#([^"]+)"', rf'href="#{name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    text = re.sub(r"font: ([\d.]+px)[^;\"]*", r"font-size: \1; font-family: var(--type)", text)
    text = re.sub(r"font-family: [^;\"]+", "font-family: var(--type)", text)
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, f"var({variable})")
    text = re.sub(r"<[^>]+>", _shorten_numbers, text)
    text = re.sub(r">\s+<", "><", text).strip()
    text = (
        f'<svg {box[0]} role="img" class="chart" '
        f'aria-labelledby="{name}-title" aria-describedby="{name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>{text}'
    )
    text = spelled_out(text)
    return Markup(text)  # noqa: S704 - our own drawing; its only text from outside is escaped
