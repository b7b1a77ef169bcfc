"""Source: insightface's `.bin` verification sets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.faces.loaded import LeftOut, Survey
from faceaudit.faces.reading.bin_file import BinFile, numbered, read_bin
from faceaudit.faces.reading.layout import PhotoFile, PhotoLocation
from faceaudit.faces.sources.base import sources
from faceaudit.faces.sources.common.photo_source import PhotoSource, PhotoStream
from faceaudit.files.random_access import RandomAccess
from faceaudit.types import BoolArray, IntArray


@sources.register
class Bin(PhotoSource):
    """An insightface `.bin`: the photos of P pairs, numbered from "0000000" on.

    The file is a pickle. It is read by a reader that runs nothing in it; one that holds code is
    refused. Who is on the photos is not in it, only whether two of them show one person: photos
    that genuine pairs or equal files join are one person here, every other photo is a person of
    its own. That is enough for pairs and wrong for identification, since two "people" may well be
    one. Read its pairs with `read_pairs` from the same file.
    """

    name: ClassVar[str] = "bin"
    paper: ClassVar[str] = (
        "none of its own; insightface's sets (Deng et al. 2019, arXiv 1801.07698)"
    )

    path: str = Field(min_length=1, description="the .bin file; ~ and ${NAME} are filled in")

    def photos(self) -> PhotoStream:
        """Return the photos of the pairs; one that is in several is there once.

        Raises:
            SourceError: the file cannot be read; once its photos are asked for, it holds code or
                something else than such a set.
        """
        path = self._located_file(".bin")
        return PhotoStream(
            state=[ascii(str(path)), RandomAccess(path).changed],
            photos=lambda: _list_photos(read_bin(path)),
            total=None,
        )

    def survey(self) -> Survey:
        """Return how many photos the pairs have; how many are equal only reading would tell.

        Raises:
            SourceError: the file cannot be read, holds code or something else than such a set.
        """
        return Survey(None, len(read_bin(self._located_file(".bin")).photos))


def people(same: BoolArray, firsts: IntArray) -> IntArray:
    """Return (2P,) for each photo the least number of those it is joined with.

    Args:
        same: (P,) whether photos 2i and 2i + 1 show one person.
        firsts: (2P,) for each photo the first one with the same file.
    """
    parent = firsts.tolist()

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for pair in np.flatnonzero(same).tolist():
        first, second = root(2 * pair), root(2 * pair + 1)
        parent[max(first, second)] = min(first, second)
    return np.array([root(number) for number in range(len(parent))], dtype=np.int64)


def _list_photos(bins: BinFile) -> Iterator[PhotoFile | LeftOut]:
    firsts = bins.firsts()
    person = people(bins.same, firsts)
    for number in range(len(bins.photos)):
        first = int(firsts[number])
        if first != number:
            reason = f"expected a photo of its own, got the same file as {numbered(first)}"
            yield LeftOut(numbered(number), reason)
            continue
        id_ = numbered(number)
        location = PhotoLocation(id_, numbered(int(person[number])), id_)
        yield PhotoFile(location, partial(bins.read, number))
