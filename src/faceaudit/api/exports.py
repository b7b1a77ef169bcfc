"""Charts and tables of a store's report as files of their own."""

from __future__ import annotations

from pathlib import Path

from faceaudit.api.arguments import StoreLike, StrPath, path_of, store_of
from faceaudit.api.results import results
from faceaudit.audit.shown import ShownStore
from faceaudit.errors import InputError, OptionError


def export_report(
    store: StoreLike = "audit",
    *,
    charts: StrPath | None = None,
    tables: StrPath | None = None,
    show_names: bool = False,
) -> tuple[Path, ...]:
    """Write every chart of a report as SVG and PNG, and every table as CSV and Parquet.

    Files are called after their place in the page: what `report.html#ID` shows is in `ID.svg`,
    `ID.png`, `ID.csv` and `ID.parquet`. With the tables comes `results`, every figure of the store.

    Args:
        store: a `Store`, its folder or its URL.
        charts: the folder for charts, made where it is missing; none are written when None.
        tables: the folder for tables; none are written when None.
        show_names: say names of real people and photos, where the store kept them.

    Returns:
        The files written.

    Raises:
        OptionError: neither folder is given, or what writes PNG or Parquet is not installed.
        InputError: a folder cannot be written.
        StoreError: nothing was ever run into the store, or by another version of faceaudit.

    Example:
        ::

            faceaudit.export_report("audit", charts="charts", tables="tables")
    """
    from faceaudit.report import render  # noqa: PLC0415 - slow to load
    from faceaudit.report.exports.charts import need_png_renderer  # noqa: PLC0415
    from faceaudit.report.exports.export import export_charts, export_tables  # noqa: PLC0415
    from faceaudit.report.exports.tables import need_parquet_writer  # noqa: PLC0415

    if charts is None and tables is None:
        raise OptionError("expected a folder for charts or for tables, got none; give one")
    folders = {
        what: None if given is None else path_of(given, f"the folder for {what}")
        for what, given in (("charts", charts), ("tables", tables))
    }
    if charts is not None:
        need_png_renderer()
    if tables is not None:
        need_parquet_writer()
    kept = ShownStore(store_of(store), names=show_names)
    page = render(kept)
    written: list[Path] = []
    try:
        if folders["charts"] is not None:
            written += export_charts(page, folders["charts"])
        if folders["tables"] is not None:
            written += export_tables(page, results(kept).as_json(), folders["tables"])
    except OSError as error:
        raise InputError(
            f"expected a folder that can be written, got {error}; try another"
        ) from None
    return tuple(written)
