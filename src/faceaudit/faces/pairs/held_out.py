"""Pairs to learn from and pairs of other people to test on: nobody is on both sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faceaudit.errors import SplitError
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.pairs.build import build_pairs
from faceaudit.faces.pairs.read import photo_rows
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.types import BoolArray, FaceSet, IntArray, PairSet


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Pairs of two groups of people, one after the other.

    Attributes:
        pairs: those to learn from and those to test on.
        train, test: rows of `pairs`.
        people: how many people the two have, in that order.
        mixed: pairs left out because they show one person of each.
        left_out: pairs of the list whose photos are not there.
        built: whether they are built from people, whose photos can be compared otherwise, too.
    """

    pairs: PairSet
    train: IntArray
    test: IntArray
    people: tuple[int, int]
    mixed: int = 0
    left_out: tuple[LeftOut, ...] = ()
    built: bool = False


def build_held_out(faces: FaceSet, *, share: float, per_person: int, seed: int = 0) -> HeldOut:
    """Return pairs built from people, as `build_pairs` does, those of a share of them to test on.

    Args:
        faces: N photos.
        share: of the people, above 0 and below 1.
        per_person: genuine pairs a person at most; there are as many impostor pairs.
        seed: of who is held out, and of the pairs.

    Raises:
        SplitError: there are fewer than two people on a side, or too few pairs.
    """
    units = np.arange(len(faces.names))
    held = _held(seeded_order(faces.names, seed), units, share)
    sides = [np.flatnonzero(held[faces.identity] == side) for side in (False, True)]
    people = [len(np.unique(faces.identity[side])) for side in sides]
    if min(people) < 2:
        raise SplitError(
            f"expected at least 2 people to learn from and 2 to test on, got {people[0]} and "
            f"{people[1]}; try another share to hold out, or photos of more people"
        )
    train, test = (
        build_pairs(_drop_pixels(faces, side), genuine_per_person=per_person, folds=1, seed=seed)
        for side in sides
    )
    both = PairSet(
        train.first + test.first,
        train.second + test.second,
        np.concatenate([train.same, test.same]),
        np.repeat(np.arange(2), [len(train), len(test)]),
        f"built from people, {per_person} genuine pairs a person at most, seed {seed}",
    )
    rows = np.arange(len(both))
    return HeldOut(both, rows[: len(train)], rows[len(train) :], (people[0], people[1]), built=True)


def hold_out(faces: FaceSet, pairs: PairSet, *, share: float, seed: int = 0) -> HeldOut:
    """Return listed pairs, those of a share of the people to test on.

    Where no person is in two of the list's folds, whole folds are held out, and no pair is lost.
    Else people are drawn, and pairs that show one person of each group are left out.

    Args:
        faces: the photos.
        pairs: pairs of them.
        share: of the folds or people, above 0 and below 1.
        seed: of the draw.

    Raises:
        SplitError: a side has no genuine or no impostor pair.
        PairsError: the faces lack a photo.
    """
    first, second = photo_rows(pairs, faces)
    first_person, second_person = faces.identity[first], faces.identity[second]
    units = _group_people(first_person, second_person, pairs.fold, len(faces.names))
    held = _held(seeded_order(faces.names, seed), units, share)
    train, test = (
        np.flatnonzero(~held[first_person] & ~held[second_person]),
        np.flatnonzero(held[first_person] & held[second_person]),
    )
    if any(len(np.unique(pairs.same[side])) < 2 for side in (train, test)):
        raise SplitError(
            "expected pairs of one person and of two, both to learn from and to test on, got "
            f"{len(train):,} and {len(test):,} pairs without a kind; try another share to hold "
            "out, or leave the list of pairs out: they are built then"
        )
    people = [
        len(np.unique(np.concatenate([first_person[side], second_person[side]])))
        for side in (train, test)
    ]
    mixed = len(pairs) - len(train) - len(test)
    return HeldOut(pairs, train, test, (people[0], people[1]), mixed)


def _group_people(
    first_person: IntArray, second_person: IntArray, fold: IntArray, people: int
) -> IntArray:
    """Return (people,) the unit each person is held out with: a fold's people, or nobody else.

    It is -1 of people who are in no pair.
    """
    low, high = np.full(people, np.iinfo(np.int64).max), np.full(people, -1)
    for side in (first_person, second_person):
        np.minimum.at(low, side, fold)
        np.maximum.at(high, side, fold)
    in_pairs = high >= 0
    if (low[in_pairs] != high[in_pairs]).any() or len(np.unique(fold)) < 2:
        return np.where(in_pairs, np.arange(people), -1)
    return np.where(in_pairs, high, -1)


def _held(order: npt.NDArray[np.uint64], units: IntArray, share: float) -> BoolArray:
    """Return (people,) who is held out: a share of the units, at least one and not all."""
    if not 0 < share < 1:
        raise SplitError(f"expected a share above 0 and below 1 to hold out, got {share}")
    names, index = np.unique(units[units >= 0], return_inverse=True)
    first = np.full(len(names), np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(first, index, order[units >= 0])
    count = min(max(1, round(share * len(names))), len(names) - 1)
    chosen = names[np.argsort(first, kind="stable")[:count]]
    return np.isin(units, chosen)


def _drop_pixels(faces: FaceSet, side: IntArray) -> FaceSet:
    """Return the people on some photos, without the pixels: they may be very many."""
    blank = np.broadcast_to(np.zeros((1, 1, 1, 3), dtype=np.uint8), (len(side), 1, 1, 3))
    present, identity = np.unique(faces.identity[side], return_inverse=True)
    return FaceSet(
        images=blank,
        identity=identity.astype(np.int64),
        names=tuple(faces.names[person] for person in present.tolist()),
        ids=tuple(faces.ids[row] for row in side.tolist()),
        group=faces.group[side],
        fingerprint="without pixels",
    )
