"""Charts as SVG files that stand alone, and as PNG."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from faceaudit.errors import OptionError
from faceaudit.files.atomic import write_atomically
from faceaudit.report.exports.page_charts import PageChart
from faceaudit.report.spelling import spelled_out

_VARIABLE = re.compile(r"(--[\w-]+)\s*:\s*([^;{}]+);")
_USED = re.compile(r"var\((--[\w-]+)\)")
_BOX = re.compile(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"')
SCALE = 2
"""Pixels of a PNG for each point of the chart."""
MARGIN, CAPTION_SIZE, LEGEND_SIZE, LINE = 12, 14, 12, 20
"""Points: around a chart that stands alone, of its letters, and from one line to the next."""
MARK_WIDTH, MARK_HEIGHT = 32, 16
"""Points of the marks of a legend."""


def page_variables(css: str) -> dict[str, str]:
    """Return the colours and fonts that a page declares for light ground.

    Args:
        css: the page's style sheet; what its first `:root` declares counts.
    """
    root = css[css.index(":root") :]
    declared = root[: root.index("}")]
    return {name: " ".join(value.split()) for name, value in _VARIABLE.findall(declared)}


def standalone_svg(chart: PageChart, variables: dict[str, str]) -> str:
    """Return a chart as an SVG document in fixed colours, on white, with caption and legend.

    Args:
        chart: as the page has it.
        variables: what the page calls its colours and fonts.
    """
    box = _BOX.search(chart.svg)
    assert box is not None
    width, height = float(box[1]), float(box[2])
    top = MARGIN + LINE * bool(chart.caption)
    bottom = top + height
    parts = [_place_in(chart.svg, MARGIN, top, width, height)]
    if chart.caption:
        parts.append(_words(chart.caption, MARGIN, MARGIN + CAPTION_SIZE, CAPTION_SIZE))
    for number, (mark, words) in enumerate(chart.legend):
        line = bottom + LINE * number
        parts.append(_place_in(mark, MARGIN, line, MARK_WIDTH, MARK_HEIGHT))
        parts.append(_words(words, 2 * MARGIN + MARK_WIDTH, line + LEGEND_SIZE, LEGEND_SIZE))
    whole = (width + 2 * MARGIN, bottom + LINE * len(chart.legend) + MARGIN)
    size = f'width="{whole[0]:g}" height="{whole[1]:g}"'
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'{size} viewBox="0 0 {whole[0]:g} {whole[1]:g}">'
        f'<rect {size} fill="var(--paper)"/>{"".join(parts)}</svg>'
    )
    fixed = _USED.sub(lambda used: variables[used[1]].replace('"', "'"), spelled_out(text))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{fixed}\n'


def _place_in(svg: str, left: float, top: float, width: float, height: float) -> str:
    """Return an `<svg>` element that stands at a place of another one."""
    place = f'x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}"'
    return svg.replace("<svg", f"<svg {place}", 1)


def _words(words: str, left: float, baseline: float, size: float) -> str:
    return (
        f'<text x="{left:g}" y="{baseline:g}" font-size="{size}" font-family="var(--type)" '
        f'fill="var(--ink)">{escape(words)}</text>'
    )


def need_png_renderer() -> None:
    """Raise `OptionError` where what draws PNG is not installed."""
    try:
        import resvg_py  # noqa: F401, PLC0415
    except ImportError:
        raise OptionError(
            "expected resvg-py to draw charts as PNG, got none; try `pip install "
            "'faceaudit[export]'`"
        ) from None


def png_of(svg: str) -> bytes:
    """Draw an SVG document as PNG, twice as large as its points.

    Raises:
        OptionError: resvg-py is not installed.
    """
    need_png_renderer()
    import resvg_py  # noqa: PLC0415 - an extra

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=SCALE))


def write_chart(chart: PageChart, folder: Path, variables: dict[str, str]) -> list[Path]:
    """Write a chart as SVG and PNG, called after its place in the page; return both files."""
    svg = standalone_svg(chart, variables)
    files = {
        folder / f"{chart.id}.svg": svg.encode(),
        folder / f"{chart.id}.png": png_of(svg),
    }
    for path, content in files.items():
        write_atomically(path, content)
    return list(files)
