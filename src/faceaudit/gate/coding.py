"""Lists of pairs with photos and people encoded as numbers, so that counting needs no strings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from faceaudit.errors import InputError
from faceaudit.faces.pairs.repeats import find_repeats
from faceaudit.gate.lists import PairList
from faceaudit.metrics.clusters import unordered
from faceaudit.types import BoolArray, Float64Array, IntArray


@dataclass(frozen=True, eq=False)
class EncodedPairs:
    """P pairs of one list.

    Attributes:
        photos: (P, 2) int64, index into `EncodedLists.photo_names`.
        people: (P, 2) int64, index into `EncodedLists.person_names`.
        same: (P,) bool.
    """

    photos: IntArray
    people: IntArray
    same: BoolArray

    def __len__(self) -> int:
        return len(self.same)

    def take(self, rows: IntArray) -> EncodedPairs:
        """Return the pairs at `rows`."""
        return EncodedPairs(self.photos[rows], self.people[rows], self.same[rows])

    def keys(self) -> IntArray:
        """Return (P,) numbers that two pairs share if they have the same photos in any order."""
        return unordered(self.photos)


@dataclass(frozen=True, eq=False)
class EncodedLists:
    """Members and non-members with the same numbers for the same names.

    Attributes:
        members, nonmembers: the pairs that were trained on, and those that were not.
        photo_names, person_names: the names that the numbers stand for.
        people_known: whether the people on the photos are known in both lists.
        folders: the folder that was taken away from the names of each list.
    """

    members: EncodedPairs
    nonmembers: EncodedPairs
    photo_names: tuple[str, ...]
    person_names: tuple[str, ...]
    people_known: bool = True
    folders: tuple[str, str] = ("", "")


def encode(members: PairList, nonmembers: PairList) -> EncodedLists:
    """Return two lists with photos and people numbered in the order in which they come.

    Where people are known in one list only, every photo is a person of its own in both. Names that
    differ in letter case alone are one where both lists are loose.

    Raises:
        InputError: a list is empty.
    """
    if not len(members) or not len(nonmembers):
        raise InputError(
            "expected at least one member and one non-member, got "
            f"{len(members)} and {len(nonmembers)}"
        )
    people_known = members.people_known and nonmembers.people_known
    both = (members, nonmembers)
    spelled = str.casefold if members.loose and nonmembers.loose else str
    photos, photo_names = _number_names([(pairs.first, pairs.second) for pairs in both], spelled)
    if people_known:
        persons = [(pairs.first_person, pairs.second_person) for pairs in both]
        people, names = _number_names(persons, spelled)
    else:
        people, names = photos, photo_names
    return EncodedLists(
        EncodedPairs(photos[0], people[0], members.same),
        EncodedPairs(photos[1], people[1], nonmembers.same),
        photo_names,
        names,
        people_known,
        (members.folder, nonmembers.folder),
    )


@dataclass(frozen=True, eq=False)
class Once:
    """Two lists with each pair once, and none that is said to show both one person and two.

    Attributes:
        lists: what is left.
        rows: the (P,) and (Q,) rows of it in the lists before.
        counts: how many pairs were in these.
        notes: what went, for each list; empty where nothing did.
    """

    lists: EncodedLists
    rows: tuple[IntArray, IntArray]
    counts: tuple[int, int]
    notes: tuple[str, str]

    def take(
        self, members: Float64Array, nonmembers: Float64Array
    ) -> tuple[Float64Array, Float64Array]:
        """Return the rows of features of the lists before.

        Raises:
            InputError: there are not as many as pairs.
        """
        if (len(members), len(nonmembers)) != self.counts:
            raise InputError(
                f"expected features (P, F) of {self.counts[0]} members and of {self.counts[1]} "
                f"non-members, got {members.shape} and {nonmembers.shape}"
            )
        return members[self.rows[0]], nonmembers[self.rows[1]]


def once(lists: EncodedLists) -> Once:
    """Leave out pairs that their list has had before, in either order, or with both labels."""
    sides = [
        (side, find_repeats(side.photos, side.same)) for side in (lists.members, lists.nonmembers)
    ]
    rows = sides[0][1].once, sides[1][1].once
    notes = []
    for side, found in sides:
        both = int(np.count_nonzero(found.contradicted))
        again = len(side) - len(found.once) - both
        notes.append(
            (f"; {again:,} more that were listed again are counted once" if again else "")
            + (f"; {both:,} with both labels are left out" if both else "")
        )
    kept = replace(
        lists, members=lists.members.take(rows[0]), nonmembers=lists.nonmembers.take(rows[1])
    )
    counts = len(lists.members), len(lists.nonmembers)
    return Once(kept, rows, counts, (notes[0], notes[1]))


def _number_names(
    lists: list[tuple[tuple[str, ...], tuple[str, ...]]], spelled: Callable[[str], str]
) -> tuple[list[IntArray], tuple[str, ...]]:
    """Return (P, 2) numbers for each list of two columns of names, and the names.

    Names that are `spelled` the same have one number; the name is the first of them.
    """
    number: dict[str, int] = {}
    by_name: dict[str, int] = {}
    names: list[str] = []
    for name in dict.fromkeys(chain.from_iterable(chain.from_iterable(lists))):
        by_name[name] = number.setdefault(spelled(name), len(names))
        if by_name[name] == len(names):
            names.append(name)
    pairs = []
    for columns in lists:
        pair = np.empty((len(columns[0]), 2), dtype=np.int64)
        for side, column in enumerate(columns):
            pair[:, side] = np.fromiter(map(by_name.__getitem__, column), np.int64, len(column))
        pairs.append(pair)
    return pairs, tuple(names)
