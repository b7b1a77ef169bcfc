"""Embeddings by a network that is not attacked: people by photo, and distances of pairs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faceaudit.errors import InputError
from faceaudit.files.atomic import open_atomically
from faceaudit.files.npz import read_arrays
from faceaudit.gate.lists import PairList
from faceaudit.metrics.distances import Embeddings, cosine
from faceaudit.types import FaceSet, Float64Array

PIECE = 1 << 14


@dataclass(frozen=True, eq=False)
class Embedded:
    """The embeddings of N photos, as `faceaudit embed --output` writes them.

    Attributes:
        embeddings: (N, E).
        people: the person on each photo, by its id, in the order of the rows.
    """

    embeddings: Embeddings
    people: dict[str, str]


def write_embedded(path: Path, embeddings: Embeddings, faces: FaceSet) -> None:
    """Write the (N, E) embeddings of N faces with their ids and people, for `read_embedded`.

    Raises:
        InputError: the file cannot be written.
    """
    people = np.array(faces.names)[faces.identity]
    try:
        with open_atomically(path) as file:
            np.savez(file, embeddings=embeddings, ids=np.array(faces.ids), people=people)
    except OSError as error:
        raise InputError(f"expected a file that can be written, got {path} ({error})") from None


def read_embedded(path: Path) -> Embedded:
    """Return the embeddings in an .npz, with ids and people; nothing in it is run.

    Raises:
        InputError: it cannot be read, or is no such file.
    """
    embeddings, ids, people = read_arrays(
        path.expanduser(),
        ("embeddings", "ids", "people"),
        error=InputError,
        advice="write one with `faceaudit embed --output FILE`",
    )
    count = len(ids) if ids.ndim else -1
    if embeddings.ndim != 2 or embeddings.dtype.kind != "f" or len(embeddings) != count:
        raise InputError(
            f"expected embeddings (N, E) of {count} photos in {path}, got {embeddings.shape} "
            f"{embeddings.dtype}"
        )
    if {ids.dtype.kind, people.dtype.kind} != {"U"} or people.shape != ids.shape:
        raise InputError(
            f"expected ids and people (N,) as text in {path}, got {ids.shape} {ids.dtype} and "
            f"{people.shape} {people.dtype}"
        )
    known = dict(zip(ids.tolist(), people.tolist(), strict=True))
    if len(known) != len(ids):
        raise InputError(f"expected every photo in {path} to have an id of its own")
    return Embedded(embeddings, known)


def distances(pairs: PairList, embedded: Embedded) -> Float64Array:
    """Return the (P,) cosine distances of pairs, 0 to 2.

    Raises:
        InputError: a photo of the pairs was not embedded, or an embedding has no direction.
    """
    row = {id_: number for number, id_ in enumerate(embedded.people)}
    try:
        first, second = (
            np.fromiter(map(row.__getitem__, side), np.int64, len(pairs))
            for side in (pairs.first, pairs.second)
        )
    except KeyError as error:
        raise InputError(
            f"expected an embedding of every photo, got none of {error.args[0]!a}; embed the same "
            "photos with every network"
        ) from None
    found = np.empty(len(pairs))
    for start in range(0, len(pairs), PIECE):
        rows = slice(start, start + PIECE)
        sides = (embedded.embeddings[side[rows]] for side in (first, second))
        found[rows] = cosine(*sides)
    return found
