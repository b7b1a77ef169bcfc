"""`faceaudit report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from faceaudit.cli.console import progress, say
from faceaudit.cli.parsing import options


def report(
    store: options.StoreArgument = options.DEFAULT_STORE,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The file to write, in the format that its name ends in: .html, .pdf, .md (one "
            "page with verdicts, figures and limits) or .json (everything as values); report.html "
            "in the store if none.",
            show_default=False,
        ),
    ] = None,
    charts: Annotated[
        Path | None,
        typer.Option(
            help="Write every chart into this folder, as SVG and PNG.", show_default=False
        ),
    ] = None,
    tables: Annotated[
        Path | None,
        typer.Option(
            help="Write every table, and every figure of the store, into this folder, as CSV and "
            "Parquet.",
            show_default=False,
        ),
    ] = None,
    show_faces: options.ShowFaces = False,
    show_names: options.ShowNames = False,
) -> None:
    """Write the report of a store: by default one HTML file that opens offline."""
    from faceaudit.api.exports import export_report  # noqa: PLC0415 - slow to load
    from faceaudit.api.reports import write_report  # noqa: PLC0415

    with progress():  # which says that it is at work, should it take long
        if charts is not None or tables is not None:
            files = export_report(store, charts=charts, tables=tables, show_names=show_names)
            for folder in filter(None, (charts, tables)):
                inside = sum(file.parent == folder for file in files)
                say(f"{folder}: {inside} files")
        if output is not None or not (charts or tables):
            written = write_report(store, output, show_faces=show_faces, show_names=show_names)
            say(f"report: {written}")
