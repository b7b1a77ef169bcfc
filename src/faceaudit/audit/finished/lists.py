"""Lists of members and non-members of a finished system, matched to the photos that are there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np

from faceaudit.audit.finished.plan import FinishedPlan
from faceaudit.errors import InputError
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.pairs.match import Matching
from faceaudit.faces.pairs.read import PAIRS_LIMIT, photo_rows, read_pairs
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.files.lines import numbered_lines
from faceaudit.files.paths import expand
from faceaudit.types import BoolArray, FaceSet, IntArray


@dataclass(frozen=True, eq=False)
class PairRecords:
    """P pairs of photos, of members and of non-members.

    Attributes:
        first, second: (P,) rows of the faces.
        member: (P,) whether each is a member.
    """

    first: IntArray
    second: IntArray
    member: BoolArray


@dataclass(frozen=True, eq=False)
class Listed:
    """Both lists, as rows of the faces.

    Attributes:
        pairs: where pairs are listed.
        photos: rows of the photos that are listed, or of all photos of the people who are.
        member: (N,) whether each of those is a member.
        left_out: what is listed and not there, and why.
    """

    pairs: PairRecords | None
    photos: IntArray
    member: BoolArray
    left_out: tuple[LeftOut, ...]


def read_lists(plan: FinishedPlan, faces: FaceSet) -> Listed:
    """Return the plan's lists of members and non-members.

    Raises:
        InputError: a list cannot be read, names nothing that is there, or a photo or person is in
            both lists.
    """
    assert plan.members is not None
    assert plan.nonmembers is not None
    paths = (plan.members, plan.nonmembers)
    if plan.listed == "pairs":
        return _read_pairs(paths, faces)
    read = [_read_names(path, faces, plan.listed) for path in paths]
    shared = np.intersect1d(read[0][0], read[1][0])
    if len(shared):
        of = (
            faces.names[faces.identity[shared[0]]]
            if plan.listed == "people"
            else faces.ids[shared[0]]
        )
        raise InputError(
            f"expected members and non-members apart, got {of!r} in both lists; take it out of one"
        )
    rows = np.concatenate([one for one, _ in read])
    member = np.repeat([True, False], [len(one) for one, _ in read])
    return Listed(None, rows, member, tuple(out for _, lost in read for out in lost))


def genuine_pairs(faces: FaceSet, listed: Listed, *, per_person: int, seed: int) -> PairRecords:
    """Return pairs of listed photos of one person, at most so many a person and side.

    Args:
        faces: all photos.
        listed: lists of photos or people.
        per_person: pairs of each person, drawn by ids and the seed.
        seed: of the draw.
    """
    sides = []
    for side in (True, False):
        rows = listed.photos[listed.member == side]
        rows = rows[np.argsort(seeded_order([faces.ids[row] for row in rows], seed), kind="stable")]
        rows = rows[np.argsort(faces.identity[rows], kind="stable")]
        pieces = np.split(rows, np.flatnonzero(np.diff(faces.identity[rows])) + 1)
        # In a person's order: (0, 1), (0, 2), (1, 2), (0, 3), ... so that few photos are asked for.
        chosen = [_first_pairs(piece, per_person) for piece in pieces if len(piece) > 1]
        sides.append(np.concatenate(chosen) if chosen else np.empty((0, 2), dtype=np.int64))
    both = np.concatenate(sides)
    member = np.repeat([True, False], [len(side) for side in sides])
    return PairRecords(both[:, 0], both[:, 1], member)


def _first_pairs(rows: IntArray, count: int) -> IntArray:
    later, earlier = np.tril_indices(len(rows), -1)
    return np.column_stack([rows[earlier[:count]], rows[later[:count]]])


def _read_pairs(paths: tuple[str, str], faces: FaceSet) -> Listed:
    read = [read_pairs(path, faces) for path in paths]
    rows = [photo_rows(one.pairs, faces) for one in read]
    member = np.repeat([True, False], [len(one.pairs) for one in read])
    pairs = PairRecords(
        np.concatenate([first for first, _ in rows]),
        np.concatenate([second for _, second in rows]),
        member,
    )
    nothing = np.empty(0, dtype=np.int64)
    left_out = tuple(out for one in read for out in one.left_out)
    return Listed(pairs, nothing, np.empty(0, dtype=np.bool_), left_out)


def _read_names(path: str, faces: FaceSet, what: str) -> tuple[IntArray, list[LeftOut]]:
    """Return the rows that one name a line means, each once, and the names that mean none."""
    file = expand(path, error=InputError)
    lines = islice(numbered_lines(file, InputError), PAIRS_LIMIT)
    names = list(dict.fromkeys(line.strip() for _, line in lines))
    if what == "people":
        number = {name: place for place, name in enumerate(faces.names)}
        people = [number[name] for name in names if name in number]
        rows = np.flatnonzero(np.isin(faces.identity, people))
        lost = [
            LeftOut(name, "expected a person of the faces") for name in names if name not in number
        ]
    else:
        matching = Matching(faces.ids, names)
        row = {id_: place for place, id_ in enumerate(faces.ids)}
        found = {name: matching.find(name) for name in names}
        rows = np.unique([row[id_] for id_ in found.values() if id_ is not None]).astype(np.int64)
        lost = [
            LeftOut(name, f"expected it among the photos, {matching.why(name)}")
            for name, id_ in found.items()
            if id_ is None
        ]
    if not len(rows):
        examples = faces.names[:2] if what == "people" else faces.ids[:2]
        raise InputError(
            f"expected {what} of the faces in {file}, one a line, got none of {len(names):,}; they "
            f"are called {', '.join(map(repr, examples))}, ...; set `listed` if it lists others"
        )
    return rows, lost
