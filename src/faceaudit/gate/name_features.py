"""Features of pairs without any model: from the names and numbers of their photos."""

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
    lists: EncodedLists, members: EncodedPairs, nonmembers: EncodedPairs
) -> tuple[Float64Array, tuple[str, ...]]:
    """Return (P + Q, C) features of pairs, members first, and the name of each column.

    No column depends on the order of a pair's photos: of a number that both photos have, the
    smaller and the larger are taken. A name's place is its rank in the alphabet, numbers by size.

    Args:
        lists: where the names are.
        members: P pairs of these lists.
        nonmembers: Q pairs of these lists.
    """
    photos = np.concatenate([members.photos, nonmembers.photos])
    people = np.concatenate([members.people, nonmembers.people])
    number = _by_name(photos, lists.photo_names, _read_number)
    both = {
        "number of a photo": number,
        "place of a person's name": _ranks_of_names(people, lists.person_names),
        "length of a person's name": _by_name(people, lists.person_names, len),
        "words of a person's name": _by_name(people, lists.person_names, _count_words),
        "length of a photo's name": _by_name(photos, lists.photo_names, _file_length),
    }
    titles, values = [], []
    for title, value in both.items():
        titles += [f"{title} (smaller)", f"{title} (larger)"]
        values += [value.min(axis=1), value.max(axis=1)]
    titles += ["gap of the photos' numbers", "odd numbers"]
    values += [np.abs(number[:, 0] - number[:, 1]), (number % 2).sum(axis=1)]
    return np.stack(values, axis=1), tuple(titles)


def _by_name(pairs: IntArray, names: Sequence[str], of: Callable[[str], float]) -> Float64Array:
    """Return (P, 2) numbers that a name gives, each name looked at once."""
    used, where = np.unique(pairs, return_inverse=True)
    values = np.array([of(names[number]) for number in used.tolist()], dtype=np.float64)
    return values[where].reshape(pairs.shape)


def _ranks_of_names(pairs: IntArray, names: Sequence[str]) -> Float64Array:
    """Return (P, 2) ranks of names in the alphabet, numbers in them by size."""
    used, where = np.unique(pairs, return_inverse=True)
    keys = [_natural(names[number]) for number in used.tolist()]
    rank: npt.NDArray[Any] = np.empty(len(keys))
    rank[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return rank[where].reshape(pairs.shape)


def _natural(name: str) -> str:
    """Return a key that sorts names by the alphabet, numbers in them by size.

    >>> _natural("id10") > _natural("id9")
    True
    """
    return _DIGITS.sub(lambda digits: digits[0].zfill(_LONGEST), name)


def _read_number(name: str) -> float:
    """Return the last number in a name, -1 without one."""
    found = _DIGITS.findall(name.rpartition("/")[2])
    return float(found[-1][-_LONGEST:]) if found else -1.0


def _count_words(name: str) -> float:
    return len(_WORDS.findall(name))


def _file_length(name: str) -> float:
    return len(name.rpartition("/")[2])
