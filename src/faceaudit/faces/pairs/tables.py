"""Lists of pairs in columns: with a header or without, and with two lines a pair."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.errors import PairsError
from faceaudit.faces.pairs import labels
from faceaudit.faces.pairs.labels import Labels, whole
from faceaudit.faces.pairs.listed import ListedPair
from faceaudit.files.lines import whole_number
from faceaudit.files.rows import Row

EXPECTED = "<path1> <path2> <1 for one person, 0 for two>"

_DIGITS = 7  # of the shortest id that is a number
_FOLDS = 100
"""Folds of the largest list with two lines a pair; more are labels of people."""


def read_table(found: Iterator[Row], columns: tuple[int, int, int]) -> Iterator[ListedPair]:
    """Yield the pairs below a header.

    Args:
        found: rows, the header first.
        columns: those of the two photos and of the label.

    Raises:
        PairsError: a row is malformed.
    """
    header = next(found).fields
    expected = f"{len(header)} fields as in the header"
    yield from _read(found, columns, [header[at] for at in columns], len(header), expected)


def read_plain(found: Iterator[Row], columns: tuple[int, int, int]) -> Iterator[ListedPair]:
    """Yield the pairs of rows of two photos and a label.

    Raises:
        PairsError: a row is malformed.
    """
    expected = EXPECTED if columns[2] == 2 else "<label> <path1> <path2>"
    yield from _read(found, columns, [""] * 3, 3, expected)


def label_beside_numbers(fields: tuple[str, ...]) -> int | None:
    """Return which field is a label, where two ids are numbers of one length, from 7 digits.

    Such are the ids of `.bin` and RecordIO files. LFW's people have names, and few photos.

    >>> label_beside_numbers(("0000012", "0000013", "1")), label_beside_numbers(("12", "13", "1"))
    (2, None)
    """
    for one, two, label in ((0, 1, 2), (1, 2, 0)):
        if (
            len(fields) == 3
            and whole(fields[label]) in (0, 1, -1)
            and len(fields[label]) < _DIGITS <= len(fields[one]) == len(fields[two])
            and whole_number(fields[one]) is not None
            and whole_number(fields[two]) is not None
        ):
            return label
    return None


def is_half(fields: tuple[str, ...]) -> bool:
    """Return whether fields are those of half a pair: a photo, and a fold or 0."""
    if len(fields) != 2 or whole(fields[0]) is not None:
        return False
    number = whole(fields[1])
    return number is not None and 0 <= number <= _FOLDS


def read_halves(found: Iterator[Row]) -> Iterator[ListedPair]:
    """Yield pairs of two rows each, as in CALFW's and CPLFW's lists.

    Each row has a photo, and 0 for two people or else the number of the fold from 1; where no
    number is above 1, no fold is told. Impostor pairs are then spread over as many folds.

    Raises:
        PairsError: a row is malformed, the rows of a pair differ, one is left over, or the numbers
            are not 0 and those of folds.
    """
    pairs = list(_halves(found))
    numbers = {number for _, number in pairs}
    folds = max(numbers)
    if folds > 1 and numbers != set(range(folds + 1)):
        raise PairsError(
            "expected two lines a pair, each with a photo and 0 for two people or the fold from 1, "
            f"got numbers of {len(numbers)} kinds up to {folds}; if they say who is on a photo, "
            "this is no list of pairs"
        )
    impostors = sum(number == 0 for _, number in pairs)
    place = 0
    for pair, number in pairs:
        fold = -1
        if folds > 1:
            fold = number - 1 if number else place * folds // impostors
            place += not number
        yield ListedPair(pair.where, pair.first, pair.second, number > 0, fold)


def _halves(found: Iterator[Row]) -> Iterator[tuple[ListedPair, int]]:
    for first in found:
        second = next(found, None)
        if second is None:
            raise first.malformed("a second line for this pair")
        for row in (first, second):
            if not is_half(row.fields):
                raise row.malformed("<photo> <0 for two people, 1 or the fold for one>")
        if whole(first.fields[1]) != whole(second.fields[1]):
            raise second.malformed(f"{first.fields[1]} as in line {first.number}", at=1)
        pair = ListedPair(f"line {first.number}", first.fields[0], second.fields[0], same=False)
        yield pair, whole(first.fields[1]) or 0


def _read(
    found: Iterator[Row],
    columns: tuple[int, int, int],
    names: list[str],
    width: int,
    expected: str,
) -> Iterator[ListedPair]:
    meaning = Labels()
    needed = max(columns) + 1
    for row in found:
        if not needed <= len(row.fields) <= width:
            raise row.malformed(expected + _count(row, width))
        for at, name in zip(columns[:2], names, strict=False):
            if not row.fields[at]:
                raise row.malformed("a photo", at=at, column=name)
        same = meaning.same(row.fields[columns[2]])
        if same is None:
            raise row.malformed(labels.EXPECTED, at=columns[2], column=names[2])
        first, second = row.fields[columns[0]], row.fields[columns[1]]
        yield ListedPair(f"line {row.number}", first, second, same)


def _count(row: Row, width: int) -> str:
    blanks = ", and names with blanks want commas or tabs between them"
    count = len(row.fields)
    return f" (there are {count}{blanks if count > width else ''})"
