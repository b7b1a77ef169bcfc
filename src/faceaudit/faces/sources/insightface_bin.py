"""Faces from insightface's `.bin` verification sets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import Field

from faceaudit.errors import InputError, PhotoError, SourceError
from faceaudit.faces.packing.pack import Packing, pack
from faceaudit.faces.reading.layout import PhotoFile, PhotoLocation, refuse_heavy
from faceaudit.faces.reading.listing import locate
from faceaudit.faces.sources.base import LeftOut, Loaded, Survey, sources
from faceaudit.faces.sources.photo_source import PhotoSource
from faceaudit.files.random_access import RandomAccess
from faceaudit.files.safe_pickle import load_plain
from faceaudit.files.safe_pickle_values import Array, Span
from faceaudit.progress import Progress, silent
from faceaudit.types import IntArray


@sources.register
class Bin(PhotoSource):
    """An insightface `.bin`: the photos of P pairs, numbered from "0000000" on.

    The file is a pickle. It is read by a reader that runs nothing in it; one that holds code is
    refused. Who is on the photos is not in it, only whether two of them show one person: photos
    that genuine pairs or equal files join are one person here, every other photo is a person of
    its own. That is enough for pairs and wrong for identification, since two "people" may well be
    one. Read its pairs with `read_pairs` from the same file.
    """

    name = "bin"
    paper = "none of its own; insightface's sets (Deng et al. 2019, arXiv 1801.07698)"

    path: str = Field(min_length=1, description="the .bin file; ~ and ${NAME} are filled in")

    def load(self, size: tuple[int, int], *, cache: Path, progress: Progress = silent) -> Loaded:
        """Return the photos at `size` (height, width), decoded once and then kept in `cache`.

        A photo that is in several pairs is there once, under its first number.

        Raises:
            SourceError: the file cannot be read, holds code or something else than such a set, or
                no usable photo.
        """
        path = locate(self.path)
        packing = Packing(
            what=["bin", ascii(str(path)), RandomAccess(path).changed],
            stream=lambda: _photos(read_bin(path)),
            total=None,
            size=size,
            crop=self.crop,
            where=self.path,
            align=self.align,
        )
        return pack(packing, cache=cache, progress=progress)

    def survey(self) -> Survey:
        """Return how many photos the pairs have; how many are equal only reading would tell.

        Raises:
            SourceError: as `load` does.
        """
        return Survey(None, len(read_bin(locate(self.path)).photos))


@dataclass(frozen=True, eq=False)
class BinFile:
    """What a `.bin` holds.

    Attributes:
        file: the bytes.
        photos: 2P photos; photos 2i and 2i + 1 are pair i.
        same: (P,) bool, whether a pair shows one person.
    """

    file: RandomAccess
    photos: tuple[bytes | Span, ...]
    same: npt.NDArray[np.bool_]

    def read(self, number: int) -> bytes:
        """Return the file of a photo.

        Raises:
            PhotoError: it is too large, or the `.bin` was cut meanwhile.
            OSError: it cannot be read.
        """
        photo = self.photos[number]
        if isinstance(photo, bytes):
            return photo
        refuse_heavy(photo.length)
        return self.file.read(photo.start, photo.length)

    def firsts(self) -> IntArray:
        """Return (2P,) for each photo the number of the first one with the same file."""
        first: dict[bytes, int] = {}
        # A short pickle can name one large photo a million times: it is read once.
        known: dict[bytes | Span, bytes] = {}
        found = np.arange(len(self.photos), dtype=np.int64)
        for number, photo in enumerate(self.photos):
            try:
                if photo not in known:
                    known[photo] = hashlib.sha256(self.read(number)).digest()
            except (PhotoError, OSError):
                continue  # packing lists it
            found[number] = first.setdefault(known[photo], number)
        return found


def numbered(number: int) -> str:
    """Return the id of a photo of a `.bin`.

    >>> numbered(12)
    '0000012'
    """
    return f"{number:07d}"


def read_bin(path: Path) -> BinFile:
    """Return what a `.bin` holds; its photos stay in the file.

    Raises:
        SourceError: it cannot be read, holds code (which is not executed), is broken, or is no
            list of photos with a list of half as many booleans.
    """
    file = RandomAccess(path)
    try:
        with path.open("rb") as pickled:
            value = load_plain(pickled)
    except OSError as error:
        raise SourceError(f"expected a file that can be read, got {path} ({error})") from None
    except InputError as error:
        raise SourceError(f"{path.name}: {error}") from None
    match value:
        case [photos, same]:
            files = tuple(_files(photos, path))
            return BinFile(file, files, _labels(same, len(files), file, path))
        case _:
            raise _no_set(path, "something else")


def people(same: npt.NDArray[np.bool_], firsts: IntArray) -> IntArray:
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
        one, other = root(2 * pair), root(2 * pair + 1)
        parent[max(one, other)] = min(one, other)
    return np.array([root(number) for number in range(len(parent))], dtype=np.int64)


def _photos(bins: BinFile) -> Iterator[PhotoFile | LeftOut]:
    firsts = bins.firsts()
    person = people(bins.same, firsts)
    for number in range(len(bins.photos)):
        first = int(firsts[number])
        if first != number:
            reason = f"expected a photo of its own, got the same file as {numbered(first)}"
            yield LeftOut(numbered(number), reason)
            continue
        place = PhotoLocation(numbered(number), numbered(int(person[number])), numbered(number))
        yield PhotoFile(place, partial(bins.read, number))


def _files(photos: object, path: Path) -> Iterator[bytes | Span]:
    if not isinstance(photos, list | tuple):
        raise _no_set(path, "no list of photos")
    for number, photo in enumerate(photos):
        item = photo.data if isinstance(photo, Array) and photo.kind == "u1" else photo
        if not isinstance(item, bytes | Span):
            raise _no_set(path, f"something else than bytes as photo {number}")
        yield item


def _labels(same: object, photos: int, file: RandomAccess, path: Path) -> npt.NDArray[np.bool_]:
    data = same.data if isinstance(same, Array) and same.kind == "b1" else same
    if not isinstance(data, list | tuple | bytes | Span):
        raise _no_set(path, "no list of labels")
    count = data.length if isinstance(data, Span) else len(data)
    if photos != 2 * count or not count:
        raise _no_set(path, f"{photos:,} photos and {count:,} labels")
    if isinstance(data, Span):
        data = file.read(data.start, data.length)
    if any(not isinstance(label, int) or label not in (0, 1) for label in data):
        raise _no_set(path, "labels that are not all True or False")
    return np.array(list(data), dtype=np.bool_)


def _no_set(path: Path, got: str) -> SourceError:
    return SourceError(
        f"expected a list of photos and a list of half as many booleans in {path}, got {got}"
    )
