"""Charts of a report as files: they stand alone, and show what the page shows."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from faceaudit.errors import OptionError
from faceaudit.report.exports.charts import page_variables, png_of, standalone_svg, write_chart
from faceaudit.report.exports.page_charts import PageChart, page_charts

SVG = "{http://www.w3.org/2000/svg}"
PAGE = """
<style>:root { --paper: #ffffff; --ink: #000000; --first: #0b5cad; --type: "A", serif; }
@media screen and (prefers-color-scheme: dark) { :root { --first: #ff0000; } }</style>
<figure id="leak-roc"><figcaption>Found &amp; lost</figcaption>
<ul class="legend"><li><svg viewBox="0 0 32 16"><path d="M0 8h32" stroke="var(--first)"/></svg>right
key</li></ul>
<svg viewBox="0 0 100 60" class="chart" aria-labelledby="roc-1-title"><title>t</title>
<g><rect width="50" height="60" fill="var(--first)"/></g><svg></svg></svg></figure>
<figure><svg viewBox="0 0 10 10" class="chart" aria-labelledby="loss-0-title"></svg></figure>
<figure><img alt="face"></figure>
"""


def test_a_chart_is_called_after_its_figure_or_else_itself() -> None:
    assert [chart.id for chart in page_charts(PAGE)] == ["leak-roc", "loss-0"]


def test_caption_and_marks_go_with_the_chart() -> None:
    chart, other = page_charts(PAGE)
    assert chart.caption == "Found & lost"
    assert [words for _, words in chart.legend] == ["right key"]
    assert "stroke" in chart.legend[0][0]
    assert (other.caption, other.legend) == ("", ())


def test_an_inner_svg_does_not_end_the_chart() -> None:
    chart = page_charts(PAGE)[0]
    assert chart.svg.startswith("<svg viewBox")
    assert chart.svg.count("</svg>") == 2


def test_the_file_has_fixed_colours_of_light_ground_and_is_xml() -> None:
    text = standalone_svg(page_charts(PAGE)[0], page_variables(PAGE))
    assert "var(" not in text
    assert "#ff0000" not in text
    root = ElementTree.fromstring(text.encode())
    words = [element.text for element in root.iter(f"{SVG}text")]
    assert words == ["Found & lost", "right key"]


def test_the_png_is_twice_as_large_and_shows_the_chart() -> None:
    svg = standalone_svg(page_charts(PAGE)[0], page_variables(PAGE))
    root = ElementTree.fromstring(svg.encode())
    image = Image.open(io.BytesIO(png_of(svg))).convert("RGB")
    assert image.size == (2 * float(root.attrib["width"]), 2 * float(root.attrib["height"]))
    blue = (np.asarray(image) == (0x0B, 0x5C, 0xAD)).all(axis=2).sum()
    assert blue == pytest.approx(4 * 50 * 60, rel=0.05)  # and the mark of the legend


def test_no_name_makes_a_chart_unreadable() -> None:
    box = '<svg viewBox="0 0 9 9"><text>a\x1bb\xa0%</text></svg>'
    chart = PageChart("a", box, "c\x00\u202ed <i> \ud800", ((box, "e\x85"),))
    svg = standalone_svg(chart, page_variables(PAGE))
    words = [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    text = "a\\x1bb\xa0%"
    assert words == [text, r"c\x00\u202ed <i> \ud800", text, r"e\x85"]
    assert png_of(svg)


def test_both_files_are_written(tmp_path: Path) -> None:
    chart = PageChart("a", '<svg viewBox="0 0 4 4"></svg>')
    files = write_chart(chart, tmp_path, page_variables(PAGE))
    assert [path.name for path in files] == ["a.svg", "a.png"]
    assert all(path.stat().st_size for path in files)


def test_without_resvg_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "resvg_py", None)
    with pytest.raises(OptionError, match=r"faceaudit\[export\]"):
        png_of("<svg/>")
