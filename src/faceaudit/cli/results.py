"""`faceaudit results`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from faceaudit.cli.console import NAME, printable, progress, say_all, write_json
from faceaudit.cli.parsing import options

if TYPE_CHECKING:
    from faceaudit.audit.common.rows import Row

HEADINGS = ("kind", "case", "system", "attack", "samples", "mitigation", "seed", "metric")
NUMBERS = ("value", "low", "high", "n")


def results(
    store: options.StoreArgument = options.DEFAULT_STORE,
    json_: options.JsonOption = None,
    tracebacks: Annotated[
        bool, typer.Option("--tracebacks", help="Print where each failed case failed instead.")
    ] = False,
) -> None:
    """Print every figure of a store, one a row, with its interval and n."""
    from faceaudit.api.audits import results as read_results  # noqa: PLC0415 - slow to load

    with progress():  # which says that it is at work, should it take long
        rows = read_results(store)
    if tracebacks:
        for case, where in rows.tracebacks.items():
            say_all([f"{case}:", *(f"  {line}" for line in where.splitlines())])
    else:
        say_all(_format_table([[*HEADINGS, *NUMBERS], *map(_cells, rows)]))
    if json_ is not None:
        write_json(json_, rows.as_json())


def _cells(row: Row) -> list[str]:
    samples = "" if row.samples is None else str(row.samples)
    head = [row.kind, row.case[:8], row.system, row.attack, samples, row.mitigation, str(row.seed)]
    head = [printable(word, NAME) for word in (*head, row.metric)]
    if row.value is None:
        return [*head, row.note]
    shown = (f"{100 * (number or 0):.1f} %" for number in (row.value, row.low, row.high))
    return [*head, *shown, str(row.n)]


def _format_table(rows: list[list[str]]) -> list[str]:
    """Return rows as lines in columns: words to the left, numbers to the right.

    A table of a thousand rows is as quick as one of ten; a reason that stands where numbers are
    takes the room it needs.
    """
    whole = [row for row in rows if len(row) == len(HEADINGS) + len(NUMBERS)]
    widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
    lines = []
    for row in rows:
        words = [
            cell.ljust(width) for cell, width in zip(row, widths[: len(HEADINGS)], strict=False)
        ]
        numbers = row[len(HEADINGS) :]
        if len(row) == len(widths):
            sized = zip(numbers, widths[len(HEADINGS) :], strict=True)
            numbers = [cell.rjust(width) for cell, width in sized]
        lines.append("  ".join([*words, *numbers]).rstrip())
    return lines
