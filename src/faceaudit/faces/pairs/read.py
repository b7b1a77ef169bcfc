"""Lists of pairs of photos for verification, read and matched to the photos that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from faceaudit.errors import PairsError
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.pairs.build import build_pairs
from faceaudit.faces.pairs.conflicts import check_labels
from faceaudit.faces.pairs.files import listed_pairs
from faceaudit.faces.pairs.folds import spread_kinds
from faceaudit.faces.pairs.listed import ListedPair
from faceaudit.faces.pairs.match import Matching
from faceaudit.faces.pairs.repeats import find_repeats
from faceaudit.files.paths import expand
from faceaudit.types import BoolArray, FaceSet, IntArray, PairSet

__all__ = ["Pairs", "build_pairs", "photo_rows", "read_pairs"]

PAIRS_LIMIT = 5_000_000
"""Pairs of the largest list that is read."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """The pairs of a list whose photos are there, and the others.

    `built` says that no list states them: they are built from people, whose photos can be compared
    otherwise, too.
    """

    pairs: PairSet
    left_out: tuple[LeftOut, ...] = ()
    built: bool = False


def read_pairs(path: str | Path, ids: FaceSet | Sequence[str], *, folds: int = 10) -> Pairs:
    """Return the pairs that a file lists, of the photos that are there, each once.

    The kind of file is told by its content: LFW's `pairs.txt` (Huang et al. 2007), with a header of
    folds and pairs, of pairs alone (one fold) or none, also as CSV; a table with a header such as
    image1, image2 and label; lines of `path1 path2 label`, as FaceX-Zoo's (Wang et al. 2021, arXiv
    2101.04407), or with the label first; two lines a pair, as CALFW's (Zheng, Deng, Hu 2017, arXiv
    1708.08197); insightface's `.bin` (Deng et al. 2019, arXiv 1801.07698). Fields are parted by
    commas, semicolons, tabs, bars or blanks. A photo is found by its id, with another extension, in
    another folder, in other letter case or with backslashes between folders. Pairs of photos that
    are not there, of one photo with itself, that were listed before (in either order), or with both
    labels, are left out and listed.

    Args:
        path: the file; `~` and `${NAME}` are filled in.
        ids: the faces, or the ids of their photos.
        folds: where the file states none, the pairs are cut into so many consecutive pieces, as
            equal as can be and before any but repeats is left out; where all genuine ones come
            first, or last, each kind on its own.

    Raises:
        PairsError: the file cannot be read or a line is malformed (the message has its number);
            it holds more or fewer pairs than it states; no pair's photos are there; or most labels
            of either kind contradict who is on the faces.
    """
    if folds < 1:
        raise PairsError(f"expected at least 1 fold, got {folds}")
    known = ids.ids if isinstance(ids, FaceSet) else ids
    file = expand(path, error=PairsError)
    kind, pairs_of_file = listed_pairs(file)
    listed = list(islice(pairs_of_file, PAIRS_LIMIT + 1))
    if not 0 < len(listed) <= PAIRS_LIMIT:
        got = "more" if listed else "none"
        raise PairsError(f"expected 1 to {PAIRS_LIMIT:,} pairs in {file}, got {got}")
    matching = Matching(known, (name for pair in listed for name in (pair.first, pair.second)))
    reasons = [_explain_omission(pair, matching) for pair in listed]
    again = _explain_repeats(listed, matching, reasons)
    fold = np.array([pair.fold for pair in listed], dtype=np.int64)
    if fold[0] < 0:
        same = np.array([pair.same for pair in listed], dtype=np.bool_)
        fold[~again] = spread_kinds(same[~again], folds)
    rows = [row for row, reason in enumerate(reasons) if not reason]
    left_out = tuple(
        LeftOut(pair.where, reason) for pair, reason in zip(listed, reasons, strict=True) if reason
    )
    if not rows:
        raise PairsError(
            f"expected pairs of photos that are there in {file}, got {len(left_out):,} pairs of "
            f"others, the first ({left_out[0].id}): {left_out[0].reason}; the photos there are "
            f"called {', '.join(map(repr, known[:2])) or 'nothing: there are none'}"
        )
    pairs = PairSet(
        first=tuple(matching.find(listed[row].first) or "" for row in rows),
        second=tuple(matching.find(listed[row].second) or "" for row in rows),
        same=np.array([listed[row].same for row in rows], dtype=np.bool_),
        fold=fold[rows],
        what=f"{kind} in {file.name}",
    )
    if isinstance(ids, FaceSet):
        people = [ids.identity[side] for side in photo_rows(pairs, ids)]
        check_labels(pairs.same, np.column_stack(people))
    return Pairs(pairs, left_out)


def photo_rows(pairs: PairSet, faces: FaceSet) -> tuple[IntArray, IntArray]:
    """Return the (P,) rows of the first and of the second photos in `faces`.

    Raises:
        PairsError: the faces lack one of them.
    """
    row = {id_: number for number, id_ in enumerate(faces.ids)}
    try:
        first = np.array([row[id_] for id_ in pairs.first], dtype=np.int64)
        second = np.array([row[id_] for id_ in pairs.second], dtype=np.int64)
    except KeyError as error:
        lacking = len({*pairs.first, *pairs.second}.difference(row))
        raise PairsError(
            f"expected pairs of photos that the faces have, got {error.args[0]!r} and "
            f"{lacking - 1:,} others that they lack; read the pairs with these faces"
        ) from None
    return first, second


def _explain_omission(pair: ListedPair, matching: Matching) -> str:
    """Return why a pair is left out, or an empty text where it stays."""
    ids = [matching.find(name) for name in (pair.first, pair.second)]
    for name, id_ in zip((pair.first, pair.second), ids, strict=True):
        if id_ is None:
            return f"expected a photo called {name!a}, {matching.why(name)}"
    if ids[0] == ids[1]:
        return f"expected two photos, got {pair.first!a} twice"
    return ""


def _explain_repeats(listed: list[ListedPair], matching: Matching, reasons: list[str]) -> BoolArray:
    """Put down why pairs are left out that come again, or with both labels; return which."""
    there = [row for row, reason in enumerate(reasons) if not reason]
    number: dict[str, int] = {}
    photos = np.array(
        [
            [
                number.setdefault(matching.find(name) or "", len(number))
                for name in (listed[row].first, listed[row].second)
            ]
            for row in there
        ],
        dtype=np.int64,
    ).reshape(len(there), 2)
    same = np.array([listed[row].same for row in there], dtype=np.bool_)
    found = find_repeats(photos, same)
    again = found.contradicted | (found.first != np.arange(len(there)))
    for place in np.flatnonzero(again).tolist():
        first = listed[there[int(found.first[place])]].where
        reasons[there[place]] = (
            f"expected a pair of one person or of two, got it as both (first: {first})"
            if found.contradicted[place]
            else f"expected each pair once, got it again (first: {first})"
        )
    repeated = np.zeros(len(listed), dtype=np.bool_)
    repeated[np.array(there, dtype=np.int64)[again]] = True
    return repeated
