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
        typer.Option("--output", "-o", help="The file to write; report.html in the store if none."),
    ] = None,
) -> None:
    """Write the report of a store: one HTML file that opens offline."""
    from faceaudit.api.audits import write_report  # noqa: PLC0415 - slow to load

    with progress():  # which says that it is at work, should it take long
        written = write_report(store, output)
    say(f"report: {written}")
