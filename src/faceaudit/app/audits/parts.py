"""Charts, tables and pictures of a report, as HTML of the app."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from faceaudit.app.audits.verdicts import scroll, unbroken
from faceaudit.app.outside import shown
from faceaudit.app.parts.safe_svg import safe_svg

if TYPE_CHECKING:
    from faceaudit.report.exports.page_charts import PageChart
    from faceaudit.report.exports.page_pictures import PagePicture
    from faceaudit.report.exports.page_tables import PageCell, PageTable

STANDING_OUT = ("-exposed-", "-overlap-")
"""What ids hold of tables of the most exposed records, and of what attacks find in common."""


PICTURE = re.compile(r"data:image/(?:png|jpeg|webp);base64,[A-Za-z0-9+/=]+")
"""The address of a picture that is in the page itself, and no drawing."""
_FIGURE = re.compile(r"([^\s%]+(?:\s?%)?)\s*(.*)")


def stands_out(table: PageTable) -> bool:
    """Return whether a table is about single records, or about what attacks find in common."""
    return any(part in table.id for part in STANDING_OUT)


def charts_html(charts: Iterable[PageChart]) -> str:
    """Return charts side by side, each with its caption and legend; they hold their own words."""
    figures = "".join(map(_figure, charts))
    return f'<div class="audits" lang="en"><div class="figures">{figures}</div></div>'


def _figure(chart: PageChart) -> str:
    legend = "".join(f"<li>{safe_svg(mark)}{shown(words)}</li>" for mark, words in chart.legend)
    drawn = safe_svg(chart.svg)
    if not drawn:
        return ""
    marks = f'<ul class="legend">{legend}</ul>' if legend else ""
    return (
        f'<figure class="chart"><figcaption>{shown(chart.caption)}</figcaption>'
        f"{marks}{drawn}</figure>"
    )


def table_html(table: PageTable) -> str:
    """Return a table with its caption; the first column names the rows."""
    heads = "".join(f'<th scope="col">{shown(head)}</th>' for head in table.heads)
    rows = "".join(f"<tr>{_cells(row)}</tr>" for row in table.rows)
    return scroll(
        f'<table lang="en"><caption>{shown(table.caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>",
        table.caption,
    )


def _cells(cells: Sequence[PageCell]) -> str:
    first, *others = cells
    return f'<th scope="row">{shown(first.text)}</th>' + "".join(
        f"<td>{_cell(cell)}</td>" for cell in others
    )


def _cell(cell: PageCell) -> str:
    """Return a cell; of a figure, what says how sure it is stands below."""
    found = _FIGURE.fullmatch(cell.text) if cell.value is not None else None
    if found is None:
        return shown(unbroken(cell.text))
    rest = f'<span class="spread">{shown(unbroken(found[2]))}</span>' if found[2] else ""
    return f"<b>{shown(unbroken(found[1]))}</b>{rest}"


def pictures_html(pictures: Iterable[PagePicture]) -> str:
    """Return pictures under their headings, each with what it is."""
    groups = "".join(
        f'<h3>{shown(heading)}</h3><ul class="faces">{"".join(map(_picture, each))}</ul>'
        for heading, each in groupby(pictures, key=lambda picture: picture.heading)
    )
    return f'<div class="audits" lang="en">{groups}</div>'


def _picture(picture: PagePicture) -> str:
    if not PICTURE.fullmatch(picture.uri):
        return ""
    return (
        f'<li><img src="{picture.uri}" width="{picture.width}" height="{picture.height}" '
        f'alt="{shown(picture.alt)}">{shown(picture.caption)}</li>'
    )
