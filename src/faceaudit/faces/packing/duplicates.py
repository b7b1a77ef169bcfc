"""Removal of duplicate and ambiguous photos, once all of them are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.packing.journal import PackedPhoto


@dataclass(frozen=True)
class Deduplicated:
    """The photos that stay, and everything that goes.

    Attributes:
        kept: the photos that stay, sorted by id.
        rows: for each of them, its row among the entries that have one.
        left_out: everything else, photos and people, sorted by id.
    """

    kept: tuple[PackedPhoto, ...]
    rows: tuple[int, ...]
    left_out: tuple[LeftOut, ...]


def drop_duplicates(entries: Sequence[PackedPhoto]) -> Deduplicated:
    """Leave out photos whose id or file is not their own, whatever the order they came in.

    Of one person's two equal files the first
    stays. Equal files under two people all go, since whose they are is unknown, and so do two
    different files of one name. Photos that nobody asked for are neither kept nor left out; they
    only show which of the others are the same file as one of them.
    """
    rows = [entry for entry in entries if entry.kept]
    count = len(rows)
    rows += [entry for entry in entries if entry.unasked and entry.file]
    numbered = sorted(range(len(rows)), key=lambda row: (rows[row].id, rows[row].file, row))
    reasons = {**_find_equal_files(rows, numbered), **_find_equal_names(rows, numbered)}
    stay = [row for row in numbered if row < count and row not in reasons]
    left_out = [
        LeftOut(entry.id, entry.reason, entry.person)
        for entry in entries
        if not entry.kept and not entry.unasked
    ]
    left_out += [LeftOut(rows[row].id, reason) for row, reason in reasons.items() if row < count]
    left_out += _list_lost_people(entries, {rows[row].person for row in stay})
    return Deduplicated(
        kept=tuple(rows[row] for row in stay),
        rows=tuple(stay),
        left_out=tuple(sorted(left_out, key=lambda out: (out.id, out.reason))),
    )


def _shared(
    rows: Sequence[PackedPhoto], numbered: Iterable[int], key: Callable[[PackedPhoto], Hashable]
) -> Iterator[list[int]]:
    """Yield the rows that have the same key, where there are several."""
    first: dict[Hashable, int] = {}
    several: dict[int, list[int]] = {}  # by the first of them: of most there is one
    for row in numbered:
        at = first.setdefault(key(rows[row]), row)
        if at != row:
            several.setdefault(at, [at]).append(row)
    return iter(several.values())


def _find_equal_files(rows: Sequence[PackedPhoto], numbered: Sequence[int]) -> dict[int, str]:
    reasons = {}
    for same in _shared(rows, numbered, lambda entry: entry.file):
        first = rows[same[0]]
        if len({rows[row].person for row in same}) == 1:
            for row in same[1:]:
                reasons[row] = f"expected a photo of its own, got the same file as {first.id}"
            continue
        for row in same:
            others = (rows[other] for other in same)
            other = next(entry.id for entry in others if entry.person != rows[row].person)
            reasons[row] = f"expected a photo of one person, got the same file as {other}"
    return reasons


def _find_equal_names(rows: Sequence[PackedPhoto], numbered: Sequence[int]) -> dict[int, str]:
    reasons = {}
    for same in _shared(rows, numbered, lambda entry: entry.id):
        if len({rows[row].file for row in same}) > 1:
            for row in same:
                reasons[row] = "expected a name of its own, got several files of that name"
    return reasons


def _list_lost_people(entries: Sequence[PackedPhoto], people: set[str]) -> Iterator[LeftOut]:
    counts = Counter(entry.person for entry in entries if entry.person)
    for person, count in counts.items():
        if person not in people:
            reason = f"expected at least one usable photo of the person, got none of {count}"
            yield LeftOut(person, reason)
