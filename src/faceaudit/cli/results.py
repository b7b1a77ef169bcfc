"""`faceaudit results`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from faceaudit.cli.console import out
from faceaudit.cli.parsing import options


def results(
    store: options.StoreArgument = options.DEFAULT_STORE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Print every figure of a store, one a row, with its interval and n."""
    from faceaudit import audit  # noqa: PLC0415 - slow to load
    from faceaudit.store import Store  # noqa: PLC0415

    rows = list(audit.result_rows(Store(store)))
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False))
        return
    table = Table(box=None)
    for heading in ("case", "system", "attack", "samples", "defense", "seed", "metric"):
        table.add_column(heading, overflow="fold")
    for heading in ("value", "low", "high", "n"):
        table.add_column(heading, justify="right")
    for row in rows:
        figures = (
            [row.note]
            if row.value is None
            else [*(f"{100 * (x or 0):.1f} %" for x in (row.value, row.low, row.high)), str(row.n)]
        )
        samples = "" if row.samples is None else str(row.samples)
        seed = str(row.seed)
        head = (row.case[:8], row.system, row.attack, samples, row.defense, seed, row.metric)
        table.add_row(*head, *figures)
    out.print(table)
