"""Files that list pairs: which kind one is, told by its content, and the pairs in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from faceaudit.errors import PairsError, SourceError
from faceaudit.faces.pairs import lfw, tables
from faceaudit.faces.pairs.labels import (
    Labels,
    numbered_people,
    opposite_column,
    pair_columns,
)
from faceaudit.faces.pairs.listed import ListedPair
from faceaudit.faces.reading.bin_file import numbered, read_bin
from faceaudit.files.lines import Line, numbered_lines, refuse_special, shown
from faceaudit.files.rows import SEPARATORS, Row, rows, split

# How pickles of protocols 2 and up start, and those of 0 and 1 with lists, arrays or a dictionary.
_PICKLED = (b"\x80", b"((l", b"((c_code", b"(]", b"(lp", b"]q", b"(dp", b"}q", b"(cnumpy")
_PACKED = b"\x1f\x8b"  # gzip

Reader = Callable[[Iterator[Row]], Iterator[ListedPair]]


def listed_pairs(path: Path) -> tuple[str, Iterable[ListedPair]]:
    """Return the kind of a file of pairs, and its pairs.

    Raises:
        PairsError: it cannot be read, is empty, or of no known kind; while the pairs are read, a
            line is malformed, or there are more or fewer than the file states.
    """
    if _is_pickled(path):
        return "insightface .bin", _read_bin_pairs(path)
    lines = numbered_lines(path, PairsError)
    first = next(lines, None)
    if first is None:
        raise PairsError(f"expected pairs in {path}, got an empty file")
    if stated := lfw.stated_folds(first[1]):
        return "LFW pairs", lfw.read_folds(path, stated, lines)
    for separator in SEPARATORS:
        fields = split(first[1], separator)
        if fields is None or len(fields) < 2:
            continue
        if opposite := opposite_column(fields):
            raise PairsError(
                f"{path.name}, line {first[0]}: expected a column of labels that are 1 for one "
                f"person, got {shown(opposite)}, whose 1 is for two; turn its values round and "
                "call it label, or, where this line is a pair, put image1,image2,label above it"
            )
        found = _layout_of(fields)
        if found is not None:
            kind, read = found
            return kind, read(rows(path, chain([first], lines), separator, PairsError))
    raise _unknown(path, first)


def _layout_of(fields: tuple[str, ...]) -> tuple[str, Reader] | None:
    """Return what a file is whose first line has these fields, and how it is read."""
    numbered_ids = tables.label_beside_numbers(fields)
    if lfw.is_pair(fields) and numbered_ids is None:
        return "LFW pairs", lfw.read_rows
    start = numbered_people(fields)
    if start is not None:
        return "LFW pairs", partial(lfw.read_rows, skip=1, start=start)
    columns = pair_columns(fields)
    if not isinstance(columns, str):
        return "CSV of pairs", partial(tables.read_table, columns=columns)
    for kind, columns_of in (("path1 path2 label", (0, 1, 2)), ("label path1 path2", (1, 2, 0))):
        if len(fields) != 3 or numbered_ids not in (None, columns_of[2]):
            continue
        if Labels().same(fields[columns_of[2]]) is not None:
            return kind, partial(tables.read_plain, columns=columns_of)
    if tables.is_half(fields):
        return "two lines a pair", tables.read_halves
    return None


def _unknown(path: Path, first: Line) -> PairsError:
    """Return why the first line of a file is none of a list of pairs."""
    for separator in SEPARATORS[:-1]:
        fields = split(first[1], separator)
        if fields is not None and len(fields) > 1:
            lacking = pair_columns(fields)
            return PairsError(
                f"{path.name}, line {first[0]}: expected a header image1,image2,label, got "
                f"{shown(first[1])} without {lacking}"
                if isinstance(lacking, str) and not lacking.startswith("one column")
                else f"{path.name}, line {first[0]}: expected {lacking}; rename the others"
            )
    blanks = ""
    if len(first[1].split()) > 3:
        blanks = "; where names hold blanks, part them by commas or tabs"
    return PairsError(
        f"{path.name}, line {first[0]}: expected pairs as LFW's (a line of two numbers, then "
        f"{lfw.EXPECTED}), as {tables.EXPECTED}, as CSV with a header image1,image2,label, as two "
        f"lines a pair, or an insightface .bin, got {shown(first[1])}{blanks}"
    )


def _is_pickled(path: Path) -> bool:
    refuse_special(path, PairsError)
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except (OSError, ValueError) as error:
        raise PairsError(f"expected a file that can be read, got {path} ({error})") from None
    return start.startswith((*_PICKLED, _PACKED))


def _read_bin_pairs(path: Path) -> Iterator[ListedPair]:
    """Yield the pairs of a `.bin`; a photo that is in several has its first number in all."""
    try:
        bins = read_bin(path)
    except SourceError as error:
        raise PairsError(str(error)) from None
    firsts = bins.firsts().tolist()
    for pair, same in enumerate(bins.same.tolist()):
        ids = (numbered(firsts[2 * pair]), numbered(firsts[2 * pair + 1]))
        yield ListedPair(f"pair {pair}", *ids, same)
