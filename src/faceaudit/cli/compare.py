"""`faceaudit compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from faceaudit.cleaning import clean
from faceaudit.cli.console import STDOUT, progress, say, write_json
from faceaudit.cli.lengths import NAME
from faceaudit.cli.parsing import options

if TYPE_CHECKING:
    from faceaudit.report.comparison import Comparison

HEADS = ("Figure", "Before", "After", "Difference", "Interval", "Verdict", "Shown from", "Compared")
"""Columns of the table; "Shown from" is the smallest difference that would have been shown."""


def compare(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="Folder or fsspec URL.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="Folder or fsspec URL.")],
    match: Annotated[
        list[str] | None,
        typer.Option(
            "--match",
            metavar="LABEL=BEFORE:AFTER",
            help="Compare another value of a label, as in mitigation=none:facebone.",
            show_default=False,
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="MEASURE",
            help="Compare these measures alone, as in 'membership.auc(level=person)'; the fewer, "
            "the smaller the differences that can be shown.",
            show_default=False,
        ),
    ] = None,
    level: Annotated[
        float, typer.Option("--level", help="Of the intervals, and of all verdicts together.")
    ] = 0.95,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Also write it as a page of HTML.", show_default=False),
    ] = None,
    json_: options.JsonOption = None,
) -> None:
    """Tell what changed between two audits, and what could have been seen."""
    from faceaudit.api.arguments import check_outputs, store_of  # noqa: PLC0415 - slow to load
    from faceaudit.api.comparison import compare as compare_stores  # noqa: PLC0415

    page = options.output(output)
    files = {"--output": page, "--json": None if json_ == STDOUT else json_}
    for store in (before, after):
        check_outputs(files, store_of(store))
    with progress():  # which says that it is at work, should it take long
        found = compare_stores(
            before, after, match=match or (), only=only or (), level=level, page=page
        )
    _print(found)
    if json_ is not None:
        write_json(json_, found.as_json())
    if page is not None:
        say(f"comparison: {page}")


def _print(found: Comparison) -> None:
    from faceaudit.report.comparison import constant_labels, headline, shown  # noqa: PLC0415

    title, detail = headline(found)
    say(_plain(f"{title}: {detail}"))
    constant = constant_labels(found.rows)
    table = [HEADS]
    for row in (*found.changes, *found.alike, *found.of("cannot be compared")):
        one = shown(row, constant)
        figure = f"{one.name} ({one.labels})" if one.labels else one.name
        last = one.note if row.reason else one.compared
        numbers = (one.before, one.after, one.difference, one.interval)
        table.append((figure, *numbers, one.verdict, one.smallest, last))
    cells = [[clean(_plain(cell), NAME) for cell in line] for line in table]
    widths = [max(map(len, column)) for column in zip(*(line[:-1] for line in cells), strict=True)]
    for *line, last in cells:
        columns = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        say("  ".join([*columns, last]).rstrip())
    cautions = dict.fromkeys(row.caution for row in (*found.changes, *found.alike) if row.caution)
    for note in (*found.remarks, *cautions):
        say(f"note: {note}")
    for when, titles in (("before", found.only_before), ("after", found.only_after)):
        if titles:
            say(f"only {when}: {len(titles)}, such as {titles[0]}")


def _plain(text: str) -> str:
    """Return our own words without the spaces that keep a page's lines from breaking."""
    return text.replace("\N{NO-BREAK SPACE}", " ")
