"""Files that list pairs: LFW's, CSV, `path1 path2 label` and `.bin`, told apart by content."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from faceaudit.errors import PairsError, SourceError
from faceaudit.faces.reading.bin_file import numbered, read_bin
from faceaudit.files.lines import (
    LINE_LIMIT,
    Line,
    numbered_lines,
    refuse_special,
    shown,
    whole_number,
)
from faceaudit.types import IntArray

_LFW = "a genuine pair <name> <n1> <n2> or an impostor pair <name1> <n1> <name2> <n2>"
_LIST = "<path1> <path2> <1 for one person, 0 for two>"
_CSV = "image1,image2,label with label 1 for one person and 0 for two"
_FIRST = ("image1", "path1", "file1", "img1", "first")
_SECOND = ("image2", "path2", "file2", "img2", "second")
_SAME = ("label", "same", "issame", "is_same")
_LABELS = {"1": True, "0": False, "true": True, "false": False}
_PICKLED = (b"\x80", b"((l", b"(]")  # how pickles of protocols 2 and up, 0 and 1 start


@dataclass(frozen=True, slots=True)
class ListedPair:
    """A pair as a file lists it.

    Attributes:
        where: its line, or its number where a file has no lines.
        first, second: what its photos are called there.
        same: whether both show one person.
        fold: the fold that the file puts it in, or -1 when it names none.
    """

    where: str
    first: str
    second: str
    same: bool
    fold: int = -1


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
    whole = chain([first], lines)
    fields = first[1].split()
    numbers = [whole_number(field) for field in fields]
    if len(fields) <= 2 and None not in numbers:
        return "LFW pairs", _read_lfw_folds(path, [n for n in numbers if n is not None], lines)
    if _is_lfw(first[1]):
        return "LFW pairs", (_read_lfw_pair(path, line, -1) for line in whole)
    if len(fields) == 3 and fields[2].lower() in _LABELS:
        return "path1 path2 label", (_read_list_pair(path, line) for line in whole)
    if "," in first[1]:
        return "CSV of pairs", _read_csv_pairs(path, whole)
    raise PairsError(
        f"{path.name}, line {first[0]}: expected pairs as LFW's (a line of two numbers, then "
        f"{_LFW}), as {_LIST}, as CSV with a header {_CSV}, or an insightface .bin, got "
        f"{shown(first[1])}"
    )


def _is_pickled(path: Path) -> bool:
    refuse_special(path, PairsError)
    try:
        with path.open("rb") as file:
            start = file.read(3)
    except (OSError, ValueError) as error:
        raise PairsError(f"expected a file that can be read, got {path} ({error})") from None
    return start.startswith(_PICKLED)


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


def _read_lfw_folds(path: Path, numbers: list[int], lines: Iterator[Line]) -> Iterator[ListedPair]:
    """Yield F folds of n genuine pairs and then n impostor pairs, as the first line states."""
    folds, each = numbers if len(numbers) == 2 else (1, numbers[0])
    count = 0
    for line in lines:
        fold, number = divmod(count, 2 * each) if each else (folds, 0)
        count += 1
        if fold >= folds:
            raise PairsError(
                f"{path.name}, line {line[0]}: expected {folds} folds of {each} genuine and {each} "
                "impostor pairs, as its first line states, got more; correct the first line"
            )
        pair = _read_lfw_pair(path, line, fold)
        if pair.same != (number < each):
            kind = ("an impostor", "a genuine")[number < each]
            raise _malformed(path, line, f"{kind} pair at this place of fold {fold}")
        yield pair
    if count != 2 * folds * each or not count:
        raise PairsError(
            f"expected {folds} folds of {each} genuine and {each} impostor pairs in {path}, as its "
            f"first line states, got {count:,} pairs; fetch it again"
        )


def _lfw_fields(text: str) -> list[str]:
    return [field.strip() for field in text.split("\t")] if "\t" in text else text.split()


def _is_lfw(text: str) -> bool:
    match _lfw_fields(text):
        case [_, first, second]:
            return whole_number(first) is not None and whole_number(second) is not None
        case [_, first, _, second]:
            return whole_number(first) is not None and whole_number(second) is not None
    return False


def _read_lfw_pair(path: Path, line: Line, fold: int) -> ListedPair:
    fields = _lfw_fields(line[1])
    if not _is_lfw(line[1]) or not all(fields):
        raise _malformed(path, line, _LFW)
    same = len(fields) == 3
    name, other = fields[0], fields[0] if same else fields[2]
    if not same and name == other:
        raise _malformed(path, line, "an impostor pair of two people")
    first, second = _lfw_photo(name, fields[1]), _lfw_photo(other, fields[-1])
    return ListedPair(f"line {line[0]}", first, second, same, fold)


def _lfw_photo(name: str, number: str) -> str:
    """Return the path of a photo of LFW, without the extension its file has."""
    return f"{name}/{name}_{int(number):04d}"


def _read_list_pair(path: Path, line: Line) -> ListedPair:
    fields = line[1].split()
    same = _LABELS.get(fields[2].lower()) if len(fields) == 3 else None
    if same is None:
        raise _malformed(path, line, _LIST)
    return ListedPair(f"line {line[0]}", fields[0], fields[1], same)


def _read_csv_pairs(path: Path, lines: Iterable[Line]) -> Iterator[ListedPair]:
    number = [1]  # of the line that the reader is at

    def texts() -> Iterator[str]:
        for number[0], text in lines:
            yield text + "\n"  # so that a name with a line break does not become another

    reader = csv.reader(texts(), strict=True)
    columns: list[int] | None = None
    try:
        for fields in reader:
            line = (number[0], ",".join(fields))
            if sum(map(len, fields)) > LINE_LIMIT:  # a quote that never ends
                raise _malformed(path, line, _CSV)
            if columns is None:
                columns = _find_columns(path, line, fields)
                width = len(fields)
                continue
            same = _LABELS.get(fields[columns[2]].strip().lower()) if len(fields) == width else None
            if same is None:
                raise _malformed(path, line, _CSV)
            first, second = fields[columns[0]].strip(), fields[columns[1]].strip()
            yield ListedPair(f"line {number[0]}", first, second, same)
    except csv.Error as error:
        raise PairsError(f"{path.name}, line {number[0]}: expected {_CSV}, got ({error})") from None


def _find_columns(path: Path, line: Line, fields: list[str]) -> list[int]:
    """Return which columns hold the two photos and the label."""
    header = [field.strip().lower() for field in fields]
    columns = []
    for names in (_FIRST, _SECOND, _SAME):
        matching = [header.index(name) for name in names if name in header]
        if not matching:
            raise _malformed(path, line, f"a header {_CSV}")
        columns.append(matching[0])
    return columns


def _malformed(path: Path, line: Line, expected: str) -> PairsError:
    return PairsError(f"{path.name}, line {line[0]}: expected {expected}, got {shown(line[1])}")


def spread(count: int, folds: int) -> IntArray:
    """Return (count,) folds for pairs in a row: consecutive pieces, as equal as can be.

    >>> spread(5, 2).tolist()
    [0, 0, 0, 1, 1]
    """
    folds = max(1, min(folds, count))
    sizes = np.full(folds, count // folds, dtype=np.int64)
    sizes[: count % folds] += 1
    return np.repeat(np.arange(folds, dtype=np.int64), sizes)
