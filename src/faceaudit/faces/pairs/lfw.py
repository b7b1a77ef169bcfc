"""LFW's lists of pairs: people and numbers of photos, with or without a first line of counts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from faceaudit.errors import PairsError
from faceaudit.faces.pairs.labels import whole
from faceaudit.faces.pairs.listed import ListedPair
from faceaudit.files.lines import Line, whole_number
from faceaudit.files.rows import SEPARATORS, Row, split

EXPECTED = "a genuine pair <name> <n1> <n2> or an impostor pair <name1> <n1> <name2> <n2>"

_BETWEEN = re.compile(r"[\s,;|]+")


def stated_folds(text: str) -> tuple[int, int] | None:
    """Return the folds, and the pairs of each kind in one, that a first line states.

    >>> stated_folds("10 300"), stated_folds("1100,"), stated_folds("Ann 1 2")
    ((10, 300), (1, 1100), None)
    """
    numbers = [whole_number(field) for field in _BETWEEN.split(text) if field]
    match numbers:
        case [int(each)]:
            return 1, each
        case [int(folds), int(each)]:
            return folds, each
    return None


def is_pair(fields: Sequence[str]) -> bool:
    """Return whether fields are those of a pair: one name and two numbers, or twice both."""
    match fields:
        case [_, first, second] | [_, first, _, second]:
            return _number(first) is not None and _number(second) is not None
    return False


def read_folds(path: Path, stated: tuple[int, int], lines: Iterator[Line]) -> Iterator[ListedPair]:
    """Yield F folds of n genuine pairs and then n impostor pairs, as the first line states.

    Raises:
        PairsError: a line is malformed, or there are more or fewer.
    """
    folds, each = stated
    count = 0
    for number, text in lines:
        fold, place = divmod(count, 2 * each) if each else (folds, 0)
        count += 1
        if fold >= folds:
            raise PairsError(
                f"{path.name}, line {number}: expected {folds} folds of {each} genuine and {each} "
                "impostor pairs, as its first line states, got more; correct the first line"
            )
        row = Row(path.name, number, _fields(text), PairsError)
        pair = _read_pair(row, fold)
        if pair.same != (place < each):
            kind = ("an impostor", "a genuine")[place < each]
            raise row.malformed(f"{kind} pair at this place of fold {fold}")
        yield pair
    if count != 2 * folds * each or not count:
        raise PairsError(
            f"expected {folds} folds of {each} genuine and {each} impostor pairs in {path}, as its "
            f"first line states, got {count:,} pairs; fetch it again"
        )


def read_rows(found: Iterator[Row], *, skip: int = 0, start: int = 0) -> Iterator[ListedPair]:
    """Yield pairs of no fold.

    Args:
        found: the rows of a file.
        skip: rows of a header.
        start: the column of the first name.

    Raises:
        PairsError: a row is malformed.
    """
    for row in islice(found, skip, None):
        yield _read_pair(replace(row, fields=row.fields[start:]) if start else row, -1)


def _fields(text: str) -> tuple[str, ...]:
    """Return the fields of a line that may be parted in any way; names may hold blanks."""
    for separator in SEPARATORS:
        fields = split(text, separator)
        if fields is not None and is_pair(fields):
            return fields
    return split(text, "\t" if "\t" in text else "") or ()


def _read_pair(row: Row, fold: int) -> ListedPair:
    fields = row.fields
    if not is_pair(fields) or not all(fields):
        raise row.malformed(EXPECTED)
    same = len(fields) == 3
    name, other = fields[0], fields[0] if same else fields[2]
    if not same and name == other:
        raise row.malformed("an impostor pair of two people")
    first, second = _photo(name, fields[1]), _photo(other, fields[-1])
    return ListedPair(f"line {row.number}", first, second, same, fold)


def _photo(name: str, number: str) -> str:
    """Return the path of a photo of LFW, without the extension its file has."""
    return f"{name}/{name}_{_number(number):04d}"


def _number(text: str) -> int | None:
    """Return the number of a photo; `4.0` is what a table of numbers makes of 4."""
    number = whole(text)
    return None if number is None or text[:1] in "+-" else number
