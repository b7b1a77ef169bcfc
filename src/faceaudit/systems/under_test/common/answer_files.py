"""Files of answers: a line a photo or a pair, as CSV or as lines of JSON."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Never

import numpy as np

from faceaudit.errors import InputError, closest
from faceaudit.files.lines import FILE_LIMIT, refuse_special, shown
from faceaudit.systems.under_test.base import NO_ANSWER
from faceaudit.types import FloatArray, IntArray

SCORE = "score:"
"""What a column of scores starts with; the person's name follows."""

_LINE = 4 * 1024 * 1024
_LARGEST = float(np.finfo(np.float32).max)
_COLUMNS = {
    "photo": ("photo", "image", "path", "file", "id"),
    "first": ("first", "photo1", "image1", "path1", "file1", "img1"),
    "second": ("second", "photo2", "image2", "path2", "file2", "img2"),
    "label": ("label", "name", "person", "identity", "prediction"),
    "score": ("score", "similarity", "distance"),
    "decision": ("decision", "verified"),
    "scores": ("scores",),
}
_DIRECTIONS = ("similarity", "distance")
_MEANING = {name: meaning for meaning, names in _COLUMNS.items() for name in names}
_OF_PHOTOS = {"photo", "label", "scores"}
_OF_PAIRS = {"first", "second", "score", "decision"}
_WANTED = (
    f"photo and label ({SCORE}NAME for scores) of an identifier, or first, second and score or "
    "decision of a verifier"
)
_DECISIONS = {"1": 1, "true": 1, "0": 0, "false": 0, "": NO_ANSWER}


@dataclass(frozen=True, eq=False)
class PhotoAnswers:
    """What an identifier said of N photos.

    Attributes:
        photos: N names of photos.
        lines: (N,) where each stands in the file.
        names: K people, sorted.
        labels: (N,) indices into `names`, -1 for nobody; None where the file has none.
        scores: (N, K), rows without any are NaN; None where the file has none.
    """

    photos: tuple[str, ...]
    lines: IntArray
    names: tuple[str, ...]
    labels: IntArray | None
    scores: FloatArray | None


@dataclass(frozen=True, eq=False)
class PairAnswers:
    """What a verifier said of P pairs.

    Attributes:
        first, second: P names of photos.
        lines: (P,) where each stands in the file.
        decisions: (P,) 1 one person, 0 two, -1 none; None where the file has none.
        scores: (P,), NaN where there is none; None where the file has none.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    lines: IntArray
    decisions: IntArray | None
    scores: FloatArray | None


@dataclass(frozen=True)
class _Line:
    """The answer on one line, by what its columns mean; scores by name."""

    file: Path
    number: int
    values: Mapping[str, Any]

    def wrong(self, expected: str, got: object) -> Never:
        raise InputError(
            f"{self.file.name}, line {self.number}: expected {expected}, got {shown(str(got))}"
        )

    def text(self, meaning: str) -> str:
        """Return a text that must be there."""
        found = self.values.get(meaning)
        if not isinstance(found, str) or not found:
            self.wrong(f"the name of a photo in {meaning!r}", found)
        return found

    def label(self) -> str:
        """Return whose name it is; empty for nobody."""
        found = self.values.get("label")
        if found is not None and not isinstance(found, str):
            self.wrong("a person's name, or nothing, in 'label'", found)
        return found or ""

    def number_of(self, found: object) -> float:
        """Return a score; NaN where there is none."""
        if found is None or found == "":
            return math.nan
        try:
            value = math.nan if isinstance(found, bool) else float(str(found))
        except ValueError:
            value = math.nan
        if not abs(value) <= _LARGEST:
            self.wrong("a finite number as score", found)
        return value

    def decision(self) -> int:
        """Return 1, 0, or -1 where there is none."""
        found = self.values.get("decision")
        spelled = "" if found is None else str(found).lower()
        if spelled not in _DECISIONS:
            self.wrong("1 or true for one person, 0 or false for two, in 'decision'", found)
        return _DECISIONS[spelled]

    def scores(self) -> Mapping[str, float]:
        """Return the scores by name."""
        found = self.values.get("scores")
        if found is None:
            return {}
        if not isinstance(found, Mapping):
            self.wrong("a mapping of names to scores in 'scores'", found)
        return {name: self.number_of(value) for name, value in found.items()}


def read_answers(
    path: Path, names: Iterable[str] = (), direction: str = "similarity"
) -> PhotoAnswers | PairAnswers:
    """Return the answers in a file, CSV with a header or JSON-lines.

    Args:
        path: the file.
        names: people whom an identifier knows though the file does not name them.
        direction: of scores, "similarity" or "distance"; a column may be called so, too.

    Raises:
        InputError: it cannot be read, is empty, has no or unknown columns, or one that is called
            otherwise than its direction, or a line is malformed.
    """
    lines = list(_read_lines(path, direction))
    if not lines:
        raise InputError(f"expected answers in {path}, got none")
    meanings = {meaning for line in lines for meaning in line.values}
    about_photos = "photo" in meanings and meanings & {"label", "scores"}
    about_pairs = {"first", "second"} <= meanings and meanings & {"score", "decision"}
    wanted = _OF_PHOTOS if about_photos else _OF_PAIRS
    if bool(about_photos) == bool(about_pairs) or meanings - wanted:
        raise InputError(f"expected columns {_WANTED} in {path}, got {', '.join(sorted(meanings))}")
    numbers = np.array([line.number for line in lines], dtype=np.int64)
    if about_photos:
        return _photo_answers(lines, numbers, meanings, names)
    scores = np.array([line.number_of(line.values.get("score")) for line in lines], np.float32)
    decisions = np.array([line.decision() for line in lines], dtype=np.int64)
    return PairAnswers(
        tuple(line.text("first") for line in lines),
        tuple(line.text("second") for line in lines),
        numbers,
        decisions if "decision" in meanings else None,
        scores if "score" in meanings else None,
    )


def _photo_answers(
    lines: list[_Line], numbers: IntArray, meanings: set[str], names: Iterable[str]
) -> PhotoAnswers:
    labels = [line.label() for line in lines]
    scores = [line.scores() for line in lines]
    known = sorted({*names, *labels, *(name for row in scores for name in row)} - {""})
    if not known:
        lines[0].wrong("a person's name in at least one line", "none")
    place = {name: number for number, name in enumerate(known)}
    table = np.full((len(lines), len(known)), np.nan, dtype=np.float32)
    for row, (line, given) in enumerate(zip(lines, scores, strict=True)):
        for name, score in given.items():
            table[row, place[name]] = score
        if 0 < np.isfinite(table[row]).sum() < len(known):
            line.wrong(f"a score of each of {len(known)} people, or of none", "some")
    index = [place.get(label, NO_ANSWER) for label in labels]
    return PhotoAnswers(
        tuple(line.text("photo") for line in lines),
        numbers,
        tuple(known),
        np.array(index, dtype=np.int64) if "label" in meanings else None,
        table if "scores" in meanings else None,
    )


def _read_lines(path: Path, direction: str) -> Iterator[_Line]:
    numbered = _numbered(path)
    first = next(numbered, None)
    if first is None:
        return
    if first[1].lstrip().startswith("{"):
        lines = _read_json(path, [first], numbered)
    else:
        lines = _read_csv(path, first, numbered)
    for line, values in lines:
        yield replace(line, values=_by_meaning(line, values, direction))


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, each with its number from 1."""
    refuse_special(path, InputError)
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise InputError(f"expected a file of at most {FILE_LIMIT:,} bytes, got {path}")
        with path.open(encoding="utf-8-sig", newline=None) as file:
            number = 0
            while text := file.readline(_LINE + 1):
                number += 1
                if len(text) > _LINE:
                    raise InputError(
                        f"{path.name}, line {number}: expected at most {_LINE:,} characters, got "
                        "more"
                    )
                if text.strip():
                    yield number, text
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"expected a file in UTF-8, got {path} ({error})") from None


def _read_json(
    path: Path, first: list[tuple[int, str]], more: Iterator[tuple[int, str]]
) -> Iterator[tuple[_Line, Mapping[str, Any]]]:
    for lines in (first, more):
        for number, text in lines:
            try:
                values = json.loads(text)
            except (ValueError, RecursionError):
                values = None
            line = _Line(path, number, {})
            if not isinstance(values, dict):
                line.wrong("a mapping in JSON on each line", text)
            yield line, values


def _read_csv(
    path: Path, header: tuple[int, str], more: Iterator[tuple[int, str]]
) -> Iterator[tuple[_Line, Mapping[str, Any]]]:
    separator = next((mark for mark in ",;\t" if mark in header[1]), ",")
    at = [header[0]]

    def texts() -> Iterator[str]:
        yield header[1]
        for at[0], text in more:
            yield text

    reader = csv.reader(texts(), delimiter=separator, strict=True)
    try:
        columns = [field.strip() for field in next(reader)]
        for fields in reader:
            line = _Line(path, at[0], {})
            if len(fields) != len(columns):
                line.wrong(f"{len(columns)} fields, as the header has", len(fields))
            if len(set(columns)) < len(columns):
                line.wrong("each column once in the header", ", ".join(columns))
            row = dict(zip(columns, (field.strip() for field in fields), strict=True))
            scores = {
                name.removeprefix(SCORE): row.pop(name)
                for name in columns
                if name.startswith(SCORE)
            }
            yield line, row | ({"scores": scores} if scores else {})
    except csv.Error as error:
        raise InputError(f"{path.name}, line {at[0]}: expected CSV, got ({error})") from None


def _by_meaning(line: _Line, values: Mapping[str, Any], direction: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        meaning = _MEANING.get(name.lower())
        if meaning is None:
            close = closest(name, _MEANING)
            line.wrong(f"columns {_WANTED}", name + (f"; try {close!r}" if close else ""))
        if name.lower() in _DIRECTIONS and name.lower() != direction:
            line.wrong(f"scores with `direction: {name.lower()}`", f"a column {name}")
        if meaning in found:
            line.wrong(f"one column for {meaning}", name)
        found[meaning] = value
    return found
