"""Lists of pairs by name, members or not, and the people on them as far as names tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError, PairsError
from faceaudit.faces.pairs.files import listed_pairs
from faceaudit.faces.pairs.match import Matching
from faceaudit.faces.pairs.read import PAIRS_LIMIT, photo_rows
from faceaudit.faces.reading.named_files import plain_path, printable_path
from faceaudit.files.paths import expand
from faceaudit.types import BoolArray, FaceSet, PairSet

TOLERATED = 0.05
"""Share of pairs whose label may contradict the people that the names of their photos tell."""

_EXTENSION = re.compile(r"(?<=[^/])\.(bmp|gif|jpe|jpe?g|p[bgp]m|png|tiff?|webp)$", re.IGNORECASE)
_NUMBERED = re.compile(r"(.+)_\d+")


@dataclass(frozen=True, eq=False)
class PairList:
    """P pairs of photos by name: nothing of the photos themselves is needed.

    Attributes:
        first, second: P ids of photos.
        first_person, second_person: P names of the people on them; where these are unknown, each
            photo is a person of its own.
        same: (P,) bool, whether a pair shows one person.
        what: where the pairs are from, for people to read.
        people_known: whether the people on the photos are known.
        folder: the folder that all names began with, which was taken away from them.
        loose: whether the names are all that is known, so that letter case means nothing.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    first_person: tuple[str, ...]
    second_person: tuple[str, ...]
    same: BoolArray
    what: str = ""
    people_known: bool = True
    folder: str = ""
    loose: bool = False

    def __post_init__(self) -> None:
        columns = (self.first, self.second, self.first_person, self.second_person, self.same)
        if len({len(column) for column in columns}) > 1:
            raise InputError(
                f"expected as many photos, people and labels as pairs, got {[*map(len, columns)]}"
            )
        if self.same.dtype != np.bool_:
            raise InputError(f"expected same as bool, got {self.same.dtype}")

    def __len__(self) -> int:
        return len(self.same)

    def take(self, rows: npt.ArrayLike) -> PairList:
        """Return the pairs at `rows`, in that order; (R,) integers or (P,) bool."""
        chosen = np.arange(len(self))[np.asarray(rows)]

        def of(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(map(names.__getitem__, chosen.tolist()))

        return PairList(
            of(self.first),
            of(self.second),
            of(self.first_person),
            of(self.second_person),
            self.same[chosen],
            self.what,
            self.people_known,
            self.folder,
            self.loose,
        )


def of_pairs(pairs: PairSet, faces: FaceSet) -> PairList:
    """Return pairs with the people that the faces have on them.

    Raises:
        PairsError: the faces lack a photo of the pairs.
    """
    first, second = (faces.identity[at].tolist() for at in photo_rows(pairs, faces))
    name = faces.names.__getitem__
    people = tuple(map(name, first)), tuple(map(name, second))
    return PairList(pairs.first, pairs.second, *people, pairs.same, pairs.what)


def read_list(path: str | Path, *, people: Mapping[str, str] | None = None) -> PairList:
    """Return the pairs that a file lists, as `read_pairs` knows them, without photos.

    Who is on a photo is told by its name, less the extension. `Ann_Lee_0001` and
    `lfw/Ann_Lee/Ann_Lee_0001` are photo `Ann_Lee_0001` of Ann_Lee, as in LFW. In any other path the
    person is the first folder that is not one of those all names begin with; a name without a
    folder and without a number at its end tells nobody. If more than 5 % of the labels or of the
    photos do not go with that, people cannot be told.

    Args:
        path: a file as `faces.pairs.read.read_pairs` takes it; `~` and `${NAME}` are filled in.
        people: who is on each photo by its id, where that is known; photos of the list are then
            found among these ids, with another extension or in another folder.

    Raises:
        PairsError: the file cannot be read or a line is malformed (the message has its number); it
            holds too many pairs; or a photo is not among the people's. One without pairs is read.
    """
    there = expand(path, error=PairsError)
    kind, found = ("nothing", iter(())) if _is_blank(there) else listed_pairs(there)
    listed = list(islice(found, PAIRS_LIMIT + 1))
    if len(listed) > PAIRS_LIMIT:
        raise PairsError(f"expected at most {PAIRS_LIMIT:,} pairs in {there}, got more")
    first = [pair.first for pair in listed]
    second = [pair.second for pair in listed]
    same = np.array([pair.same for pair in listed], dtype=np.bool_)
    what = f"{kind} in {there.name}"
    if people is not None:
        first, second = _match_known(there, first, second, people)
        persons = tuple(people[id_] for id_ in first), tuple(people[id_] for id_ in second)
        return PairList(tuple(first), tuple(second), *persons, same, what)
    return by_name(first, second, same, what=what)


def _is_blank(path: Path) -> bool:
    return path.is_file() and not path.stat().st_size


def by_name(
    first: Sequence[str], second: Sequence[str], same: BoolArray, *, what: str = ""
) -> PairList:
    """Return pairs of photos with the people that their names tell; see `read_list`."""
    names = dict.fromkeys(first) | dict.fromkeys(second)
    photo, person, folder = _by_name(names)
    one, two = ([photo[name] for name in side] for side in (first, second))
    who = [[person[name] for name in side] for side in (first, second)]
    alike = np.fromiter(map(_are_alike, *who), np.bool_, len(same))
    tellable = sum(map(bool, person.values())) >= (1 - TOLERATED) * len(person)
    wrong = [np.mean(alike[same == label] != label) for label in set(same.tolist())]
    known = tellable and bool(max(wrong, default=0.0) <= TOLERATED)
    if not known:
        who = [one, two]
    first_person, second_person = (
        tuple(name or id_ for name, id_ in zip(side, ids, strict=True))
        for side, ids in zip(who, (one, two), strict=True)
    )
    photos = tuple(one), tuple(two)
    return PairList(*photos, first_person, second_person, same, what, known, folder, loose=True)


def _are_alike(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _by_name(names: Iterable[str]) -> tuple[dict[str, str], dict[str, str], str]:
    """Return the photo and the person (or nothing) that each name means, and what was taken away.

    >>> _by_name(["lfw/Ann/Ann_0001.jpg", "Bob_0002.png"])[1]
    {'lfw/Ann/Ann_0001.jpg': 'Ann', 'Bob_0002.png': 'Bob'}
    >>> _by_name(["data/7/a.jpg", "data/8/b.jpg"])[1:]
    ({'data/7/a.jpg': '7', 'data/8/b.jpg': '8'}, 'data')
    """
    photo: dict[str, str] = {}
    person: dict[str, str] = {}
    below: dict[str, str] = {}
    for name in names:
        path = _EXTENSION.sub("", printable_path(plain_path(name))).lstrip("/")
        folder, _, file = path.rpartition("/")
        numbered = _NUMBERED.fullmatch(file)
        if numbered is not None and (
            not folder or _are_alike(folder.rpartition("/")[2], numbered[1])
        ):
            photo[name], person[name] = file, numbered[1]
        elif not folder:
            photo[name], person[name] = file, ""
        else:
            photo[name], below[name] = path, folder
    common = _common({folder.rpartition("/")[0] for folder in below.values()})
    start = len(common) + 1 if common else 0
    for name in below:
        photo[name] = photo[name][start:]
        person[name] = photo[name].partition("/")[0]
    return photo, person, common


def _common(folders: set[str]) -> str:
    """Return the path that all folders begin with.

    >>> _common({"data/train", "data/test/7"})
    'data'
    """
    # Strings between two that begin alike begin so, too; the slash keeps "a-b" out of "a".
    whole = [f"{folder}/" for folder in folders] or [""]
    pairs = zip(*(end.split("/")[:-1] for end in (min(whole), max(whole))), strict=False)
    return "/".join(one for one, _ in takewhile(lambda two: two[0] == two[1], pairs))


def _match_known(
    path: Path, first: list[str], second: list[str], people: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Return the ids of known photos for the names of both sides."""
    matching = Matching(list(people), (*first, *second))
    lacking = [name for name in dict.fromkeys((*first, *second)) if matching.find(name) is None]
    if lacking:
        raise PairsError(
            f"expected photos whose people are known in {path}, got {len(lacking):,} others, the "
            f"first {lacking[0]!a} ({matching.why(lacking[0])}); embed all of them"
        )
    return [matching.find(name) or "" for name in first], [
        matching.find(name) or "" for name in second
    ]
