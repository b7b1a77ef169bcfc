"""Rows of fields of a text file, whatever parts them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from faceaudit.errors import InputError
from faceaudit.files.lines import LINE_LIMIT, Line, shown

SEPARATORS = (",", ";", "\t", "|", "")
"""What may part fields, in the order in which it is tried; nothing stands for blanks."""


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of a line of a file.

    Attributes:
        file: the file's name.
        number: of the line, from 1.
        fields: without blanks around them, and without empty ones at the end.
        error: of what kind an error in it is.
    """

    file: str
    number: int
    fields: tuple[str, ...]
    error: type[InputError]

    def malformed(self, expected: str, *, at: int | None = None, column: str = "") -> InputError:
        """Return an error that names the line, the field and what was there."""
        where, got = f"{self.file}, line {self.number}", shown(",".join(self.fields))
        if at is not None:
            where += f", column {shown(column)}" if column else f", field {at + 1}"
            text = self.fields[at] if at < len(self.fields) else ""
            got = shown(text) if text else "nothing"
        return self.error(f"{where}: expected {expected}, got {got}")


def split(text: str, separator: str) -> tuple[str, ...] | None:
    """Return the fields of one line; None where it cannot be read so.

    >>> split('"Lee, Ann"; "b";1 ;', ";"), split("a  b 1", "")
    (('Lee, Ann', 'b', '1'), ('a', 'b', '1'))
    """
    if not separator:
        return tuple(text.split())
    try:
        return _trimmed(next(_reader([text], separator), []))
    except csv.Error:
        return None


def rows(
    path: Path, lines: Iterable[Line], separator: str, error: type[InputError]
) -> Iterator[Row]:
    """Yield the rows of a file; quoted fields may hold separators.

    Raises:
        error: a quote never ends.
    """
    if not separator:
        for number, text in lines:
            yield Row(path.name, number, tuple(text.split()), error)
        return
    at = [1]  # the line that the reader is at

    def texts() -> Iterator[str]:
        for at[0], text in lines:
            yield text + "\n"  # so that a name with a line break does not become another

    try:
        for fields in _reader(texts(), separator):
            row = Row(path.name, at[0], _trimmed(fields), error)
            if sum(map(len, fields)) > LINE_LIMIT:  # a quote that never ends
                raise row.malformed(f"fields of at most {LINE_LIMIT:,} characters")
            yield row
    except csv.Error as reason:
        raise error(
            f"{path.name}, line {at[0]}: expected fields parted by {separator!r}, got ({reason})"
        ) from None


def _reader(lines: Iterable[str], separator: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)


def _trimmed(fields: list[str]) -> tuple[str, ...]:
    while fields and not fields[-1].strip():
        fields.pop()
    return tuple(field.strip() for field in fields)
