"""Pairs built from faces: genuine ones a person, and impostors among the people of a fold."""

from __future__ import annotations

from typing import Literal

import numpy as np

from faceaudit.errors import SplitError
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.types import FaceSet, IntArray, PairSet

_Pairs = tuple[IntArray, IntArray]


def build_pairs(
    faces: FaceSet,
    *,
    genuine_per_person: int,
    impostors: int | Literal["equal"] = "equal",
    folds: int = 10,
    seed: int,
) -> PairSet:
    """Return pairs of photos of one person and of two, none of them twice.

    People are dealt to folds, so that no one is in two: those with most genuine pairs first, each
    to the next fold, there and back. A person gives all pairs of their photos, or
    `genuine_per_person` drawn from them; impostor pairs are drawn from all pairs of two people of
    one fold, each as likely as another, so people with more photos are in more of them. The same
    seed gives the same pairs in whatever order the faces are held.

    Args:
        faces: N photos.
        genuine_per_person: genuine pairs a person at most.
        impostors: how many impostor pairs there are in all, spread over the folds as equally as
            can be, or "equal": in each fold as many as genuine ones.
        folds: at least 1, with at least two people each.
        seed: of the draw.

    Raises:
        SplitError: there are too few people for the folds, no genuine pair, or too few impostor
            pairs in a fold.
    """
    if genuine_per_person < 1 or folds < 1 or (impostors != "equal" and impostors < 0):
        raise SplitError(
            "expected at least 1 genuine pair a person, 1 fold and no less than 0 impostors, got "
            f"{genuine_per_person}, {folds} and {impostors}"
        )
    order, first, count = _order_by_person(faces, seed)
    if len(count) < 2 * folds:
        raise SplitError(
            f"expected at least 2 people a fold, got {len(count)} people for {folds} folds; try "
            "fewer folds"
        )
    rng = np.random.default_rng([seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF])
    total = count * (count - 1) // 2
    genuine = np.minimum(total, genuine_per_person)
    if not genuine.any():
        raise SplitError("expected a person with two photos, got one photo of each at most")
    fold = _deal_people(genuine, folds)
    wanted = np.bincount(fold, weights=genuine, minlength=folds).astype(np.int64)
    if impostors != "equal":
        wanted = np.array([len(part) for part in np.array_split(np.arange(impostors), folds)])
    pieces: list[tuple[_Pairs, bool, int]] = []
    for number in range(folds):
        people = np.flatnonzero(fold == number)
        pieces.append((_draw_genuine_pairs(people, first, count, genuine, rng), True, number))
        pieces.append(
            (_draw_impostor_pairs(people, first, count, int(wanted[number]), rng), False, number)
        )
    first_rows = order[np.concatenate([pair[0] for pair, _, _ in pieces])]
    second_rows = order[np.concatenate([pair[1] for pair, _, _ in pieces])]
    sizes = [len(pair[0]) for pair, _, _ in pieces]
    return PairSet(
        first=tuple(faces.ids[row] for row in first_rows.tolist()),
        second=tuple(faces.ids[row] for row in second_rows.tolist()),
        same=np.repeat([same for _, same, _ in pieces], sizes),
        fold=np.repeat(np.array([number for _, _, number in pieces], dtype=np.int64), sizes),
        what=f"{folds} folds of people, {genuine_per_person} genuine pairs a person at most, "
        f"{impostors} impostors, seed {seed}",
    )


def _order_by_person(faces: FaceSet, seed: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return the rows, people and their photos by rank, and each person's first place and count.

    Places in that order stand for photos from here on: they do not depend on the faces' order.
    """
    photo = seeded_order(faces.ids, seed)
    person = seeded_order(faces.names, seed)[faces.identity]
    # Two equal numbers of 64 bits are next to impossible; the identity keeps people whole even so.
    order = np.lexsort((photo, faces.identity, person)).astype(np.int64)
    who = faces.identity[order]
    first = np.flatnonzero(np.append(True, who[1:] != who[:-1])) if len(who) else who
    count = np.diff(np.append(first, len(who)))
    return order, first.astype(np.int64), count.astype(np.int64)


def _deal_people(genuine: IntArray, folds: int) -> IntArray:
    """Return (people,) folds, dealt there and back from those with most pairs on."""
    rank = np.arange(len(genuine))
    forwards = rank % folds
    there_and_back = np.where((rank // folds) % 2 == 0, forwards, folds - 1 - forwards)
    fold = np.empty(len(genuine), dtype=np.int64)
    fold[np.argsort(-genuine, kind="stable")] = there_and_back
    return fold


def _draw_genuine_pairs(
    people: IntArray, first: IntArray, count: IntArray, wanted: IntArray, rng: np.random.Generator
) -> _Pairs:
    """Return pairs of places of one person."""
    total = count * (count - 1) // 2
    drawn = [
        np.arange(total[person])
        if wanted[person] == total[person]
        else np.sort(rng.choice(total[person], wanted[person], replace=False, shuffle=False))
        for person in people.tolist()
    ]
    code = np.concatenate(drawn).astype(np.int64)
    person = np.repeat(people, [len(codes) for codes in drawn])
    # Pair c of a person is (i, j) with i < j and c = j (j - 1) / 2 + i.
    j = ((1 + np.sqrt(1 + 8 * code.astype(np.float64))) / 2).astype(np.int64)
    j -= j * (j - 1) // 2 > code
    j += (j + 1) * j // 2 <= code
    i = code - j * (j - 1) // 2
    return first[person] + i, first[person] + j


def _draw_impostor_pairs(
    people: IntArray, first: IntArray, count: IntArray, wanted: int, rng: np.random.Generator
) -> _Pairs:
    """Return pairs of places of two of these people, each as likely as another."""
    places = np.concatenate([np.arange(first[p], first[p] + count[p]) for p in people.tolist()])
    after = np.repeat(np.cumsum(count[people]), count[people])  # where the next person starts
    ends = np.cumsum(len(places) - after)
    total = int(ends[-1])
    if wanted > total:
        raise SplitError(
            f"expected {wanted:,} impostor pairs in a fold, got {total:,} among its {len(people)} "
            "people; try fewer folds, a smaller `genuine_per_person` or fewer impostors"
        )
    code = np.sort(rng.choice(total, wanted, replace=False, shuffle=False)).astype(np.int64)
    earlier = np.searchsorted(ends, code, side="right")
    later = after[earlier] + code - (ends[earlier] - (len(places) - after[earlier]))
    return places[earlier], places[later]
