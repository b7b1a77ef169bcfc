"""Charts, tables and pictures of a store's report, to be shown elsewhere."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from faceaudit.api.arguments import StoreLike, path_of, store_of
from faceaudit.audit.shown import ShownStore
from faceaudit.errors import InputError

if TYPE_CHECKING:
    from faceaudit.report.exports.page_charts import PageChart
    from faceaudit.report.exports.page_pictures import PagePicture
    from faceaudit.report.exports.page_tables import PageTable


@dataclass(frozen=True)
class ReportParts:
    """What a report shows, in its order.

    Attributes:
        charts: each with `id`, `svg`, `caption` and `legend`; colours are the CSS variables that
            the report's style declares, such as `--first`.
        tables: each with `id`, `caption`, `heads` and `rows` of cells with `text`, and `value`,
            `low`, `high` and `n` where they are figures.
        pictures: each with `uri`, `width`, `height`, `alt`, `caption` and `heading`.
    """

    charts: tuple[PageChart, ...]
    tables: tuple[PageTable, ...]
    pictures: tuple[PagePicture, ...]


def report_parts(
    store: StoreLike = "audit", *, show_faces: bool = False, show_names: bool = False
) -> ReportParts:
    """Return the charts, tables and pictures of a store's report.

    What `report.html#ID` shows is the part with that `id`.

    Args:
        store: a `Store`, its folder or its URL; or the file of a report that was written, by a name
            that ends in .html: its parts are taken as they are, which is quicker.
        show_faces: with photos of real people, where the store kept them.
        show_names: say names of real people and photos, where the store kept them.

    Returns:
        They and their words, as the page has them.

    Raises:
        InputError: the file of a report cannot be read.
        StoreError: nothing was ever run into the store, or by another version of faceaudit, or it
            kept no faces or names that are to be shown.

    Example:
        ::

            for table in faceaudit.report_parts("audit").tables:
                print(table.caption, table.heads, len(table.rows))
    """
    from faceaudit.report import render  # noqa: PLC0415 - slow to load
    from faceaudit.report.exports.page_charts import page_charts  # noqa: PLC0415
    from faceaudit.report.exports.page_pictures import page_pictures  # noqa: PLC0415
    from faceaudit.report.exports.page_tables import page_tables  # noqa: PLC0415

    if isinstance(store, str | os.PathLike) and os.fspath(store).endswith(".html"):
        page = _read(path_of(store, "the report"))
    else:
        page = render(ShownStore(store_of(store), faces=show_faces, names=show_names))
    return ReportParts(page_charts(page), page_tables(page), page_pictures(page))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"expected a report that can be read, got {file} ({error})") from None
