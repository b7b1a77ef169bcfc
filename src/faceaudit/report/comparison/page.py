"""A comparison of two audits as one HTML page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from faceaudit.errors import InputError
from faceaudit.files.atomic import make_private, write_atomically
from faceaudit.report.comparison.rows import ComparedRow, Comparison
from faceaudit.report.comparison.words import (
    constant_labels,
    difference_in_words,
    headline,
    how_compared,
    interval_in_words,
    label_words,
    level_in_words,
    smallest_in_words,
    value_in_words,
)
from faceaudit.report.numbers import date_and_time
from faceaudit.report.templating import make_environment, read_css


@dataclass(frozen=True)
class ShownRow:
    """One row in words, as the page and the terminal have it."""

    name: str
    labels: str
    before: str
    after: str
    difference: str
    interval: str
    compared: str
    verdict: str
    smallest: str
    note: str
    p: str


def write(comparison: Comparison, path: Path) -> Path:
    """Write a comparison: one HTML file that needs nothing else.

    Raises:
        InputError: the path is a folder, or cannot be written.
    """
    if path.is_dir():
        raise InputError(f"expected a file for the comparison, got the folder {str(path)!r}")
    text = render(comparison)
    try:
        make_private(path.parent)
        write_atomically(path, text)
    except OSError as error:
        raise InputError(f"expected a file that can be written, got {path} ({error})") from None
    return path


def render(comparison: Comparison) -> str:
    """Return a comparison as one HTML page; the same comparison gives the same page."""
    environment = make_environment(["faceaudit.report.comparison", "faceaudit.report"])
    constant = constant_labels(comparison.rows)
    tables = (
        ("changes", "What changed", comparison.changes),
        ("alike", "No difference shown", comparison.alike),
        ("open", "Without a verdict", comparison.of("cannot be compared")),
    )
    return environment.get_template("comparison.html.j2").render(
        comparison=comparison,
        headline=headline(comparison),
        level=level_in_words(comparison.level),
        when=[date_and_time(one.started) for one in (comparison.before, comparison.after)],
        tables=[(*head, [shown(row, constant) for row in rows]) for *head, rows in tables],
        css=read_css(environment, ("report.css",)),
    )


def shown(row: ComparedRow, constant: Collection[tuple[str, str]] = ()) -> ShownRow:
    """Return a row in words, without labels that are the same in all rows."""
    return ShownRow(
        name=f"{row.kind}.{row.name}",
        labels=label_words(row, constant),
        before=value_in_words(row, row.before),
        after=value_in_words(row, row.after),
        difference=difference_in_words(row),
        interval=interval_in_words(row),
        compared=how_compared(row),
        verdict=row.verdict,
        smallest=smallest_in_words(row),
        note=row.reason or row.caution,
        p="" if row.adjusted is None else f"{row.adjusted:.2g}",
    )
