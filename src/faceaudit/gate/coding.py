"""Two lists with their photos and people as numbers, so that counting needs no strings."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np

from faceaudit.errors import InputError
from faceaudit.gate.lists import PairList
from faceaudit.metrics.clustered_auc import unordered
from faceaudit.types import BoolArray, IntArray


@dataclass(frozen=True, eq=False)
class EncodedPairs:
    """P pairs of one list.

    Attributes:
        photos: (P, 2) int64, index into `Lists.photo_names`.
        people: (P, 2) int64, index into `Lists.person_names`.
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
        members, others: the pairs that were trained on, and those that were not.
        photo_names, person_names: what the numbers stand for.
        told: whether it is known of both lists who is on the photos.
        folders: what was taken away from the names of each list.
    """

    members: EncodedPairs
    nonmembers: EncodedPairs
    photo_names: tuple[str, ...]
    person_names: tuple[str, ...]
    people_known: bool = True
    folders: tuple[str, str] = ("", "")


def encode(members: PairList, others: PairList) -> EncodedLists:
    """Return two lists with photos and people numbered in the order in which they come.

    Where people are told in one list only, every photo is a person of its own in both.

    Raises:
        InputError: a list is empty.
    """
    if not len(members) or not len(others):
        raise InputError(
            f"expected at least one member and one non-member, got {len(members)} and {len(others)}"
        )
    told = members.people_known and others.people_known
    both = (members, others)
    photos, photo_names = _numbers([(one.first, one.second) for one in both])
    if told:
        people, names = _numbers([(one.first_person, one.second_person) for one in both])
    else:
        people, names = photos, photo_names
    return EncodedLists(
        EncodedPairs(photos[0], people[0], members.same),
        EncodedPairs(photos[1], people[1], others.same),
        photo_names,
        names,
        told,
        (members.folder, others.folder),
    )


def _numbers(
    lists: list[tuple[tuple[str, ...], tuple[str, ...]]],
) -> tuple[list[IntArray], tuple[str, ...]]:
    """Return (P, 2) numbers for each list of two columns of names, and the names."""
    names = tuple(dict.fromkeys(chain.from_iterable(chain.from_iterable(lists))))
    number = dict(zip(names, range(len(names)), strict=True)).__getitem__
    pairs = []
    for columns in lists:
        pair = np.empty((len(columns[0]), 2), dtype=np.int64)
        for at, column in enumerate(columns):
            pair[:, at] = np.fromiter(map(number, column), np.int64, len(column))
        pairs.append(pair)
    return pairs, names
