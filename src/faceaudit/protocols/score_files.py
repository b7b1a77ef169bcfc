"""Files of scores: comparisons without the photos and the network that they are of.

Three kinds, told apart by their first line: CSV with a header, as it is written here, and the four
and five columns of the biometrics world (bob.bio.base):

    image1,image2,person1,person2,label,fold,score,failed
    claimed_id real_id test_label score
    claimed_id model_label real_id test_label score

A score is higher for more alike faces, and is NaN where a photo had no face. The order of the lines
has no meaning. Blanks around names are not part of them, but in a CSV whose header is quoted, as it
is written here where names begin or end with blanks.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np

from faceaudit.errors import InputError, PairsError
from faceaudit.faces.pairs.conflicts import check_labels
from faceaudit.faces.pairs.repeats import find_repeats
from faceaudit.files.atomic import open_atomically
from faceaudit.files.lines import Line, numbered_lines, shown, whole_number
from faceaudit.files.paths import expand
from faceaudit.protocols.comparisons import NO_FOLD, Comparisons

COLUMNS = ("image1", "image2", "person1", "person2", "label", "fold", "score", "failed")
LIMIT = 5_000_000
"""Comparisons of the largest file that is read."""

NAME_LIMIT = 1000
"""Characters of the longest id or name that is written: four of them have to fit into a line."""

_FAILED = {"": (False, False), "first": (True, False), "second": (False, True), "both": (True,) * 2}
_LABELS = {"1": True, "0": False, "true": True, "false": False}
_WANTED = (
    "scores as CSV with a header image1,image2,label,score, or lines of 'claimed_id real_id "
    "test_label score' or 'claimed_id model_label real_id test_label score'"
)
_Row = tuple[str, str, str, str, bool, int, float, tuple[bool, bool]]


def write_scores(path: Path, compared: Comparisons) -> None:
    """Write comparisons as CSV, whole or not at all; `read_scores` reads the same again.

    Raises:
        InputError: an id or name cannot be written; see `check_names`.
        OSError: the file cannot be written; what to say about that is the caller's to know.
    """
    nobody = np.full((len(compared), 2), "")
    names = nobody if compared.names is None else compared.names
    texts = {*compared.first, *compared.second, *names.ravel().tolist()}
    check_names(texts)
    folds = ["" if fold == NO_FOLD else str(fold) for fold in compared.fold.tolist()]
    columns: list[Sequence[object]] = [
        compared.first,
        compared.second,
        names[:, 0].tolist(),
        names[:, 1].tolist(),
        compared.same.astype(int).tolist(),
        folds,
        compared.score.tolist(),  # as the shortest text that is read as the same number
    ]
    if compared.missing is not None:  # else nobody looked for faces
        words = np.array(["", "first", "second", "both"])
        columns.append(words[compared.missing[:, 0] + 2 * compared.missing[:, 1]].tolist())
    with open_atomically(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="")
        exact = any(name != name.strip() for name in texts)
        lines = csv.writer(
            text,
            lineterminator="\n",
            quoting=csv.QUOTE_NONNUMERIC if exact else csv.QUOTE_MINIMAL,
        )
        lines.writerow(COLUMNS[: len(columns)])
        lines.writerows(zip(*columns, strict=True))
        text.detach()


def check_names(names: Iterable[str]) -> None:
    """Raise for ids of photos or names of people that a file of scores cannot hold.

    Raises:
        InputError: one has a line break, or is longer than `NAME_LIMIT`.
    """
    for name in names:
        if "\n" in name or "\r" in name or len(name) > NAME_LIMIT:
            raise InputError(
                f"expected ids and names of at most {NAME_LIMIT:,} characters without line breaks "
                f"to write to a file of scores, got {shown(name)}; rename it, or write no scores"
            )


def read_scores(path: str | Path) -> Comparisons:
    """Return the comparisons of a file of scores.

    People are known where a CSV has `person1` and `person2` on every line, and in files of four or
    five columns, in which a comparison is genuine when both ids are equal. Without a column `fold`
    no comparison is in a fold. Of lines of a CSV that compare the same two photos, in either order,
    the first counts, and none where their labels differ; those in a fold and those in none are told
    apart.

    Args:
        path: the file; `~` and `${NAME}` are filled in.

    Raises:
        PairsError: it cannot be read, is empty or of another kind, a line is malformed (the message
            has its number), most labels contradict the people, or there are no genuine or no
            impostor comparisons with a score.
    """
    file = expand(path, error=PairsError)
    lines = numbered_lines(file, PairsError)
    first = next(lines, None)
    if first is None:
        raise PairsError(f"expected {_WANTED}, got an empty file: {file}")
    fields = len(first[1].split())
    table = "," in first[1]
    if table:
        told = COLUMNS[-1] in _header_of(first[1])
        rows = list(islice(_csv_rows(file, chain([first], lines)), LIMIT + 1))
        known = bool(rows) and all(row[2] and row[3] for row in rows)
    elif fields in (4, 5):
        whole = islice(chain([first], lines), LIMIT + 1)
        rows = [_column_row(file, line, fields) for line in whole]
        known, told = True, False
    else:
        raise PairsError(f"{file.name}, line {first[0]}: expected {_WANTED}, got {shown(first[1])}")
    if not rows or len(rows) > LIMIT:
        got = "more" if rows else "none"
        raise PairsError(f"expected 1 to {LIMIT:,} comparisons in {file}, got {got}")
    once = _once(rows, known=known) if table else list(range(len(rows)))
    if not once:
        raise PairsError(f"expected comparisons with one label each in {file}, got all with both")
    kept = [rows[row] for row in once]
    return _checked(file, kept, known=known, told=told, repeats=len(rows) - len(kept))


def _once(rows: Sequence[_Row], *, known: bool) -> list[int]:
    """Return the rows that stay: each two photos once, in a fold and in none; all without ids."""
    number: dict[tuple[str, str], int] = {}
    photos = np.empty((len(rows), 2), dtype=np.int64)
    for at, (first, second, one, two, *_) in enumerate(rows):
        both = ((one, first), (two, second)) if known else (("", first), ("", second))
        photos[at] = [number.setdefault(photo, len(number)) for photo in both]
    same = np.array([row[4] for row in rows], dtype=np.bool_)
    in_fold = np.array([row[5] for row in rows]) != NO_FOLD
    named = np.array([bool(row[0] and row[1]) for row in rows])
    groups = [np.flatnonzero(named & kind) for kind in (in_fold, ~in_fold)]
    kept = [group[find_repeats(photos[group], same[group]).once] for group in groups]
    found: list[int] = np.sort(np.concatenate([np.flatnonzero(~named), *kept])).tolist()
    return found


def _checked(
    path: Path, rows: Sequence[_Row], *, known: bool, told: bool, repeats: int
) -> Comparisons:
    first, second, one, two, same, fold, score, missing = zip(*rows, strict=True)
    scores = np.array(score, dtype=np.float64)
    unscored = np.isnan(scores)
    failed = np.array(missing, dtype=np.bool_)
    if told and not np.array_equal(failed.any(axis=1), unscored):
        raise PairsError(
            f"expected 'first', 'second' or 'both' under failed where {path} has NaN as score and "
            "nowhere else, got others; write the scores again"
        )
    genuine = np.array(same, dtype=np.bool_)
    for kind, those in (("genuine", genuine), ("impostor", ~genuine)):
        if not (those & ~unscored).any():
            raise PairsError(f"expected {kind} comparisons with a score in {path}, got none")
    names = np.column_stack([np.array(one), np.array(two)]) if known else None
    if names is not None:
        check_labels(genuine, names)
    return Comparisons(
        first,
        second,
        genuine,
        np.array(fold, dtype=np.int64),
        scores,
        names,
        failed if told else None,
        repeats,
    )


def _column_row(path: Path, line: Line, fields: int) -> _Row:
    words = line[1].split()
    if len(words) != fields:
        raise _malformed(path, line, f"{fields} columns, as in the first line")
    claimed, real = words[0], words[fields - 3]
    model = words[1] if fields == 5 else claimed
    score = _score_of(words[-1])
    if score is None:
        raise _malformed(path, line, "a number as the last column")
    nothing = (False, False)
    return model, words[-2], claimed, real, claimed == real, NO_FOLD, score, nothing


def _csv_rows(path: Path, lines: Iterable[Line]) -> Iterator[_Row]:
    numbers: list[int] = []
    lines = iter(lines)
    first = next(lines)
    exact = first[1].startswith('"')

    def texts() -> Iterator[str]:
        for number, text in chain([first], lines):
            numbers.append(number)
            yield text + "\n"

    reader = csv.reader(texts(), strict=True, skipinitialspace=not exact)
    try:
        header = _header_of(",".join(next(reader)))
        lacking = {"image1", "image2", "label", "score"}.difference(header)
        if lacking or len(set(header)) < len(header):
            raise _malformed(path, (numbers[-1], ",".join(header)), _WANTED)
        for fields in reader:
            line = (numbers[-1], ",".join(fields))
            if len(fields) != len(header):
                raise _malformed(path, line, f"{len(header)} columns, as in the header")
            values = fields if exact else [field.strip() for field in fields]
            yield _csv_row(path, line, dict(zip(header, values, strict=True)))
    except csv.Error as error:
        raise PairsError(f"{path.name}, line {numbers[-1]}: expected CSV, got ({error})") from None


def _header_of(text: str) -> list[str]:
    return [name.strip(' \t"').lower() for name in text.split(",")]


def _csv_row(path: Path, line: Line, values: dict[str, str]) -> _Row:
    same = _LABELS.get(values["label"].strip().lower())
    score, fold = _score_of(values["score"]), values.get("fold", "").strip()
    number, missing = whole_number(fold), _FAILED.get(values.get("failed", "").strip())
    if same is None:
        raise _malformed(path, line, "a label 1 for one person or 0 for two")
    if score is None:
        raise _malformed(path, line, "a number as score")
    if (fold and number is None) or missing is None:
        raise _malformed(path, line, "a fold from 0 up or none; failed as first, second or both")
    return (
        values["image1"],
        values["image2"],
        values.get("person1", ""),
        values.get("person2", ""),
        same,
        NO_FOLD if number is None else number,
        score,
        missing,
    )


def _score_of(text: str) -> float | None:
    """Return a score, NaN for one that failed; None for what is no score."""
    try:
        score = float(text)
    except ValueError:
        return None
    return None if math.isinf(score) or "_" in text else score


def _malformed(path: Path, line: Line, expected: str) -> PairsError:
    return PairsError(f"{path.name}, line {line[0]}: expected {expected}, got {shown(line[1])}")
