"""Groups of people and of photos, by the attributes that a source knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from faceaudit.errors import InputError, UnknownName
from faceaudit.types import BoolArray, FaceSet, IntArray

MOST = 8
"""Groups of one attribute at most: an attribute with more values is a measure and no group."""
STEADY = 0.9
"""The share of a person's photos that must show one value, for a value to be the person's."""
ALIKE = 0.95
"""The share of people of whom that must hold, for an attribute to be one of people."""

Words = Mapping[str, Sequence[str]]
"""What the values of attributes are called, from 0 up."""


@dataclass(frozen=True, eq=False)
class Grouping:
    """An attribute whose values divide people, or photos, into groups.

    Attributes:
        attribute: its name.
        divides: "people" where 95 of 100 people show one value on at least nine of ten photos: a
            photo is then of its person's group, whatever it shows. Else "photos", each of its own
            group.
        names: what the groups are called.
        person: (people,) the group of each person, the value of most photos; -1 where unknown.
        photo: (N,) the group of each photo, or -1.
        has: (people, groups) whether a person has a photo in a group.
    """

    attribute: str
    divides: Literal["people", "photos"]
    names: tuple[str, ...]
    person: IntArray
    photo: IntArray
    has: BoolArray


def groupings(
    faces: FaceSet,
    words: Words,
    wanted: Sequence[str] | None = None,
    usual: Sequence[str] = (),
) -> tuple[Grouping, ...]:
    """Return the groupings of faces by their attributes.

    Args:
        faces: with attributes; values below 0 are unknown.
        words: what values are called; others are called by their number.
        wanted: attributes; None for those of `usual`, or for all where it is empty, with two to
            eight values each.
        usual: what a source is usually divided by.

    Raises:
        UnknownName: the faces have no such attribute.
        InputError: they have none at all, or one that is wanted has one value, or more than eight.
    """
    found = []
    if wanted is None:
        names = [name for name in usual or sorted(faces.attributes) if name in faces.attributes]
    else:
        names = list(dict.fromkeys(wanted))
    require_attributes(names, faces.attributes)
    for name in names:
        one = _grouping(faces, name, words.get(name, ()))
        if 2 <= len(one.names) <= MOST:
            found.append(one)
        elif wanted is not None:
            raise InputError(
                f"expected an attribute with 2 to {MOST} values, got {name!r} with "
                f"{len(one.names)}; leave it out"
            )
    return tuple(found)


def require_attributes(wanted: Iterable[str], known: Collection[str]) -> None:
    """Refuse attributes that faces do not have.

    Raises:
        UnknownName: the faces have others.
        InputError: they have none.
    """
    for name in wanted:
        if not known:
            raise InputError(
                f"expected faces with attributes to be divided by {name!r}, got a source that has "
                "none; leave it out"
            )
        if name not in known:
            raise UnknownName("attribute of these faces", name, known)


def _grouping(faces: FaceSet, attribute: str, words: Sequence[str]) -> Grouping:
    column = np.asarray(faces.attributes[attribute], dtype=np.int64)
    known = column >= 0
    values = np.unique(column[known])
    place = np.where(known, np.searchsorted(values, column), -1)
    counts = np.zeros((len(faces.names), max(1, len(values))), dtype=np.int64)
    np.add.at(counts, (faces.identity[known], place[known]), 1)
    shown = counts.sum(axis=1)
    person = np.where(shown > 0, counts.argmax(axis=1), -1)
    some = shown > 0
    steady = counts.max(axis=1)[some] >= STEADY * shown[some]
    of_people = bool(len(steady)) and float(np.mean(steady)) >= ALIKE
    names = tuple(words[value] if value < len(words) else str(value) for value in values.tolist())
    if len(set(names)) < len(names):  # two groups of one name would be taken for one
        names = tuple(map(str, values.tolist()))
    if not of_people:
        return Grouping(attribute, "photos", names, person, place, counts > 0)
    has = person[:, None] == np.arange(len(names))
    return Grouping(attribute, "people", names, person, person[faces.identity], has)
