"""`faceaudit results`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from faceaudit.cleaning import clean
from faceaudit.cli.console import STDOUT, progress, say, say_all, warn, write_json
from faceaudit.cli.lengths import NAME
from faceaudit.cli.parsing import options

if TYPE_CHECKING:
    from faceaudit.audit.common.rows import Row

WORDS = ("kind", "case", "system", "attack", "samples", "mitigation", "seed", "metric")
NUMBERS = ("value", "low", "high", "n")
ALWAYS = ("case", "metric")
"""Columns that stand in every table, whether they vary or not."""
SHOWN = 8
"""Letters of a case's id that are printed."""


def _filter(what: str) -> Any:
    return typer.Option(
        f"--{what}",
        metavar="NAME",
        help=f"Only this {what}; * stands for any characters. As often as needed.",
        show_default=False,
    )


def results(
    store: options.StoreArgument = options.DEFAULT_STORE,
    kind: Annotated[list[str] | None, _filter("kind")] = None,
    attack: Annotated[list[str] | None, _filter("attack")] = None,
    metric: Annotated[list[str] | None, _filter("metric")] = None,
    mitigation: Annotated[list[str] | None, _filter("mitigation")] = None,
    system: Annotated[list[str] | None, _filter("system")] = None,
    seed: Annotated[list[str] | None, _filter("seed")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only cases that failed.")] = False,
    sort: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Sort by this column, small first; large first with - before its name.",
            show_default=False,
        ),
    ] = None,
    all_: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Every column, and figures of single targets and keys too where that of all of "
            "them stands beside.",
        ),
    ] = False,
    json_: options.JsonOption = None,
    tracebacks: Annotated[
        bool, typer.Option("--tracebacks", help="Print where each failed case failed instead.")
    ] = False,
) -> None:
    """Print the figures of a store, one a row, each with its interval and n.

    What does not vary is said once, above the table. --json writes every row that the filters
    leave, whatever the table shows.
    """
    from faceaudit.api.arguments import check_outputs, store_of  # noqa: PLC0415 - slow to load
    from faceaudit.api.results import results as read_results  # noqa: PLC0415

    check_outputs({"--json": None if json_ == STDOUT else json_}, store_of(store))
    with progress():  # which says that it is at work, should it take long
        found = read_results(store)
    found = found.where(
        kind=kind or None,
        attack=attack or None,
        metric=metric or None,
        mitigation=mitigation or None,
        system=system or None,
        seed=seed or None,
        failed=failed,
    )
    if sort is not None:
        found = found.sorted_by(sort)
    if tracebacks:
        for case, where in found.tracebacks.items():
            say_all([f"{case}:", *(f"  {line}" for line in where.splitlines())])
    else:
        short = found if all_ else found.summary()
        say_all(_table(short, every_column=all_))
        if len(short) < len(found):
            say(
                f"not shown, of single targets and keys: {len(found) - len(short):,}; "
                "--all shows them"
            )
    if found.absent:
        warn(found.absent)
    if json_ is not None:
        write_json(json_, found.as_json())


def _table(rows: Sequence[Row], *, every_column: bool) -> list[str]:
    """Return rows as lines; what all of them have in common is said once, before the others."""
    if not rows:
        return ["no figure"]
    words = {name: [_word(getattr(row, name), name) for row in rows] for name in WORDS}
    common = {
        name: cells[0]
        for name, cells in words.items()
        if not every_column and name not in ALWAYS and len(set(cells)) == 1
    }
    heads = [name for name in WORDS if name not in common]
    columns = zip(*(words[name] for name in heads), strict=True)
    cells = [[*told, *_numbers(row)] for told, row in zip(columns, rows, strict=True)]
    said = ", ".join(f"{name} {cell}" for name, cell in common.items() if cell)
    return [f"in every row: {said}"] * bool(said) + _lines([[*heads, *NUMBERS], *cells], len(heads))


def _word(value: object, column: str) -> str:
    text = "" if value is None else str(value)
    return clean(text[:SHOWN] if column == "case" else text, NAME)


def _numbers(row: Row) -> list[str]:
    """Return value, ends and n; or the reason why there are none."""
    if row.value is None or row.low is None or row.high is None:
        return [row.note]
    numbers = (row.value, row.low, row.high)
    if row.is_share:
        return [*(f"{100 * number:.1f} %" for number in numbers), str(row.n)]
    return [*(f"{number:.3f}" for number in numbers), str(row.n)]


def _lines(rows: list[list[str]], words: int) -> list[str]:
    """Return rows as lines in columns: words to the left, numbers to the right.

    A table of a thousand rows is as quick as one of ten; a reason that stands where numbers are
    takes the room it needs.
    """
    whole = [row for row in rows if len(row) == words + len(NUMBERS)]
    numbers = [max(map(len, column)) for column in zip(*whole, strict=True)][words:]
    widths = [max(map(len, column)) for column in zip(*(row[:words] for row in rows), strict=True)]
    lines = []
    for row in rows:
        line = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        if len(row) == words + len(NUMBERS):
            line += [cell.rjust(width) for cell, width in zip(row[words:], numbers, strict=True)]
        else:
            line += row[words:]
        lines.append("  ".join(line).rstrip())
    return lines
