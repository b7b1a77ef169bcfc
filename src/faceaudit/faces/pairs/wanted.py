"""The photos that a list may mean, told before any of them is decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

from faceaudit.errors import PairsError
from faceaudit.faces.pairs.files import listed_pairs
from faceaudit.faces.pairs.match import endings_of, folded_listed, folded_name, folded_path
from faceaudit.faces.pairs.read import PAIRS_LIMIT
from faceaudit.files.paths import expand


def names_in(path: str | Path) -> tuple[str, ...]:
    """Return what the photos of a list of pairs are called there, each once.

    Raises:
        PairsError: the file cannot be read, or a line is malformed.
    """
    _, pairs = listed_pairs(expand(path, error=PairsError))
    listed = islice(pairs, PAIRS_LIMIT + 1)
    return tuple(dict.fromkeys(name for pair in listed for name in (pair.first, pair.second)))


def wanted(ids: Sequence[str], names: Iterable[str]) -> frozenset[str]:
    """Return the ids of all photos that names may mean, by any of the rules of `Matching`.

    They are what `Matching` needs: asked about these photos alone, it finds for each of the names
    what it finds among all photos, and gives the same reason where it finds nothing.

    >>> sorted(wanted(["Ann/1.jpg", "Bob/1.jpg", "Bob/2.jpg"], ["lfw/ann/1.png"]))
    ['Ann/1.jpg']

    Args:
        ids: of all photos.
        names: as lists have them.
    """
    whole = {folded for name in names for folded in (folded_name(name), folded_listed(name))}
    shorter = {ending for name in whole for ending in endings_of(name)}
    return frozenset(
        photo
        for photo in ids
        if (folded := folded_path(photo)) in whole
        or folded in shorter
        or not whole.isdisjoint(endings_of(folded))
    )


def named(names: Sequence[str]) -> Callable[[Sequence[str]], frozenset[str]]:
    """Return what chooses the photos that names may mean among all; see `wanted`.

    It raises `PairsError` where no photo is meant.
    """

    def choose(ids: Sequence[str]) -> frozenset[str]:
        found = wanted(ids, names)
        if not found:
            raise PairsError(
                f"expected photos that are there, got {len(names):,} names of others, such as "
                f"{', '.join(map(ascii, names[:2])) or 'none at all'}; the photos there are called "
                f"{', '.join(map(repr, ids[:2])) or 'nothing: there are none'}"
            )
        return found

    return choose
