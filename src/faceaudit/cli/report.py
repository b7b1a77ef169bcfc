"""`faceaudit report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from faceaudit.cli.console import out
from faceaudit.cli.parsing import options

if TYPE_CHECKING:
    from faceaudit.store import Store


def report(
    store: options.StoreArgument = options.DEFAULT_STORE,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file to write; report.html in the store if none."),
    ] = None,
) -> None:
    """Write the report of a store: one HTML file that opens offline."""
    from faceaudit.store import Store  # noqa: PLC0415 - slow to load

    write_report(Store(store), output)


def write_report(store: Store, output: Path | None) -> None:
    """Write the report and say where it is."""
    from faceaudit import report as reports  # noqa: PLC0415 - slow to load

    path = reports.write(store, output)
    out.print(f"report: {path}", markup=False, highlight=False, soft_wrap=True)
