"""The text files of CelebA: one line a photo, the photo's name first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faceaudit.errors import SourceError
from faceaudit.files.lines import Line, numbered_lines, shown, whole_number
from faceaudit.types import FloatArray, IntArray

IDENTITY = "identity_CelebA.txt"
ATTRIBUTES = "list_attr_celeba.txt"
PARTITION = "list_eval_partition.txt"
LANDMARKS = "list_landmarks_align_celeba.txt"
PARTS = ("train", "validation", "test")

_NAME = re.compile(r"(?!(?:identity|ids|group|landmarks)$)\w+", re.ASCII)  # not what faces have
_SIGNS = {"1": 1, "-1": 0}


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of numbers with a row a photo.

    Attributes:
        names: one a column.
        row: the row of each photo, by name.
        values: (N, columns) int64.
    """

    names: tuple[str, ...]
    row: Mapping[str, int]
    values: IntArray

    def column(self, name: str, photos: list[str]) -> IntArray:
        """Return one column for these photos, in their order."""
        rows = [self.row[photo] for photo in photos]
        return self.values[rows, self.names.index(name)]


def locate_file(root: Path, name: str) -> Path | None:
    """Return where a file of CelebA lies: all in one folder, or as they are published."""
    paths = (root / name, root / "Anno" / name, root / "Eval" / name)
    return next((path for path in paths if path.is_file()), None)


def needed(root: Path, name: str, why: str) -> Path:
    """Return where a file of CelebA lies.

    Raises:
        SourceError: it is not there.
    """
    path = locate_file(root, name)
    if path is None:
        raise SourceError(
            f"expected {name} in {root}, which {why}, got none; put it beside img_align_celeba"
        )
    return path


def read_identity(path: Path) -> dict[str, str]:
    """Return the person of each photo: `000001.jpg 2880` gives "02880".

    Raises:
        SourceError: a line is malformed, or a photo has two.
    """
    numbers = _numbered(path, "<photo> <number of the person>", 10**9)
    return {photo: f"{number:05d}" for photo, number in numbers}


def read_partition(path: Path) -> dict[str, str]:
    """Return the part of each photo: train (0), validation (1) or test (2).

    Raises:
        SourceError: a line is malformed, or a photo has two.
    """
    return {photo: PARTS[n] for photo, n in _numbered(path, "<photo> <0, 1 or 2>", len(PARTS))}


def read_attributes(path: Path) -> Table:
    """Return the attributes of each photo, 1 where a photo has it (+1) and 0 where not (-1).

    Raises:
        SourceError: a line is malformed, or the file has not as many as it states.
    """
    return _table(path, _SIGNS.get, "1 or -1")


def read_landmarks(path: Path) -> tuple[Mapping[str, int], FloatArray]:
    """Return the row of each photo and (N, 5, 2) pixels (x, y) in the aligned photos.

    The order is that of `FaceSet.landmarks`: CelebA's left eye is the one at the image's left.

    Raises:
        SourceError: a line is malformed, or the file has not as many as it states.
    """
    table = _table(path, _parse_pixel, "a whole number")
    if len(table.names) != 10:
        raise SourceError(f"{path.name}, line 2: expected 10 names, got {len(table.names)}")
    return table.row, table.values.reshape(-1, 5, 2).astype(np.float32)


def _parse_pixel(text: str) -> int | None:
    number = whole_number(text.removeprefix("-"), digits=6)
    return number if number is None or not text.startswith("-") else -number


def _numbered(path: Path, expected: str, below: int) -> Iterator[tuple[str, int]]:
    seen: set[str] = set()
    for line in numbered_lines(path, SourceError):
        fields = line[1].split()
        number = whole_number(fields[1]) if len(fields) == 2 else None
        if number is None or number >= below or "/" in fields[0]:
            raise _malformed(path, line, expected)
        _refuse_second(path, line, fields[0], seen)
        yield fields[0], number


def _table(path: Path, value: object, kind: str) -> Table:
    assert callable(value)
    lines = numbered_lines(path, SourceError)
    stated, names = _read_header(path, lines)
    row: dict[str, int] = {}
    values: list[list[int]] = []
    for line in lines:
        photo, *fields = line[1].split()
        numbers = [value(field) for field in fields]
        if len(numbers) != len(names) or None in numbers:
            raise _malformed(path, line, f"<photo> and {len(names)} times {kind}")
        _refuse_second(path, line, photo, row)
        row[photo] = len(values)
        values.append(numbers)
    if len(values) != stated:
        raise SourceError(
            f"expected {stated:,} photos in {path}, as its first line states, got {len(values):,}; "
            "fetch it again"
        )
    return Table(names, row, np.array(values, dtype=np.int64).reshape(len(values), len(names)))


def _read_header(path: Path, lines: Iterator[Line]) -> tuple[int, tuple[str, ...]]:
    first, second = next(lines, (1, "")), next(lines, (2, ""))
    stated, names = whole_number(first[1].strip()), tuple(second[1].split())
    if stated is None:
        raise _malformed(path, first, "the number of photos")
    if not names or len(set(names)) != len(names) or not all(map(_NAME.fullmatch, names)):
        raise _malformed(path, second, "names of columns in letters and digits, each of its own")
    return stated, names


def _refuse_second(path: Path, line: Line, photo: str, seen: set[str] | dict[str, int]) -> None:
    if photo in seen:
        raise _malformed(path, line, "each photo once")
    if isinstance(seen, set):
        seen.add(photo)


def _malformed(path: Path, line: Line, expected: str) -> SourceError:
    return SourceError(
        f"{path.name}, line {line[0]}: expected {expected}, got {shown(line[1])}; fetch it again"
    )
