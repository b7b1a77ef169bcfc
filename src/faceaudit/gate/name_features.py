"""What a record is without any model: its label, its names and its photos' numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from faceaudit.gate.coding import EncodedLists, EncodedPairs
from faceaudit.types import Float64Array, IntArray

_DIGITS = re.compile(r"\d+")
_WORDS = re.compile(r"[^\W\d_]+")
_LONGEST = 15  # digits of a number that a float still tells from the next


def columns(
    lists: EncodedLists, members: EncodedPairs, others: EncodedPairs
) -> tuple[Float64Array, tuple[str, ...]]:
    """Return what records look like, members first: (P + Q, C) numbers, and what each column is.

    No column depends on the order of a pair's photos: of a number that both photos have, the
    smaller and the larger are taken. A name's place is that in the alphabet, numbers by size.

    Args:
        lists: where the names are.
        members: P pairs of these lists.
        others: Q pairs of these lists.
    """
    photos = np.concatenate([members.photos, others.photos])
    people = np.concatenate([members.people, others.people])
    number = _each(photos, lists.photo_names, _number)
    found = {
        "number of a photo": number,
        "place of a person's name": _places(people, lists.person_names),
        "length of a person's name": _each(people, lists.person_names, len),
        "words of a person's name": _each(people, lists.person_names, _words),
        "length of a photo's name": _each(photos, lists.photo_names, _file_length),
    }
    titles, values = [], []
    for title, value in found.items():
        titles += [f"{title} (smaller)", f"{title} (larger)"]
        values += [value.min(axis=1), value.max(axis=1)]
    titles += ["gap of the photos' numbers", "odd numbers"]
    values += [np.abs(number[:, 0] - number[:, 1]), (number % 2).sum(axis=1)]
    return np.stack(values, axis=1), tuple(titles)


def _each(pairs: IntArray, names: Sequence[str], of: Callable[[str], float]) -> Float64Array:
    """Return (P, 2) numbers that a name gives, each name looked at once."""
    used, where = np.unique(pairs, return_inverse=True)
    values = np.array([of(names[at]) for at in used.tolist()], dtype=np.float64)
    return values[where].reshape(pairs.shape)


def _places(pairs: IntArray, names: Sequence[str]) -> Float64Array:
    used, where = np.unique(pairs, return_inverse=True)
    keys = [_natural(names[at]) for at in used.tolist()]
    place: npt.NDArray[Any] = np.empty(len(keys))
    place[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return place[where].reshape(pairs.shape)


def _natural(name: str) -> str:
    """Return what sorts numbers in a name by size.

    >>> _natural("id10") > _natural("id9")
    True
    """
    return _DIGITS.sub(lambda found: found[0].zfill(_LONGEST), name)


def _number(name: str) -> float:
    """Return the last number in a name, -1 without one."""
    found = _DIGITS.findall(name.rpartition("/")[2])
    return float(found[-1][-_LONGEST:]) if found else -1.0


def _words(name: str) -> float:
    return len(_WORDS.findall(name))


def _file_length(name: str) -> float:
    return len(name.rpartition("/")[2])
