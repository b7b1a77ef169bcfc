"""Lists of pairs with photos and people encoded as numbers, so that counting needs no strings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np

from faceaudit.errors import InputError
from faceaudit.gate.lists import PairList
from faceaudit.metrics.clusters import unordered
from faceaudit.types import BoolArray, IntArray


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

    Where people are known in one list only, every photo is a person of its own in both.

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
    photos, photo_names = _number_names([(pairs.first, pairs.second) for pairs in both])
    if people_known:
        people, names = _number_names([(pairs.first_person, pairs.second_person) for pairs in both])
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


def _number_names(
    lists: list[tuple[tuple[str, ...], tuple[str, ...]]],
) -> tuple[list[IntArray], tuple[str, ...]]:
    """Return (P, 2) numbers for each list of two columns of names, and the names."""
    names = tuple(dict.fromkeys(chain.from_iterable(chain.from_iterable(lists))))
    number = dict(zip(names, range(len(names)), strict=True)).__getitem__
    pairs = []
    for columns in lists:
        pair = np.empty((len(columns[0]), 2), dtype=np.int64)
        for side, column in enumerate(columns):
            pair[:, side] = np.fromiter(map(number, column), np.int64, len(column))
        pairs.append(pair)
    return pairs, names
