"""insightface's `.bin` files: the photos of pairs, read without running the pickle they are.

P pairs are a list of 2P photos' files and a list of P booleans (Deng et al. 2019, arXiv
1801.07698; `load_bin` in insightface's
recognition/arcface_torch/eval/verification.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faceaudit.errors import InputError, PhotoError, SourceError
from faceaudit.faces.reading.layout import refuse_heavy
from faceaudit.files.random_access import RandomAccess
from faceaudit.files.safe_pickle import load_plain
from faceaudit.files.safe_pickle_values import Array, Span
from faceaudit.types import BoolArray, IntArray


@dataclass(frozen=True, eq=False)
class BinFile:
    """The content of a `.bin`; its photos stay in the file.

    Attributes:
        file: the bytes.
        photos: 2P photos; photos 2i and 2i + 1 are pair i.
        same: (P,) bool, whether a pair shows one person.
    """

    file: RandomAccess
    photos: tuple[bytes | Span, ...]
    same: BoolArray

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
        number_of_first = np.arange(len(self.photos), dtype=np.int64)
        for number, photo in enumerate(self.photos):
            try:
                if photo not in known:
                    known[photo] = hashlib.sha256(self.read(number)).digest()
            except (PhotoError, OSError):
                continue  # packing lists it
            number_of_first[number] = first.setdefault(known[photo], number)
        return number_of_first


def numbered(number: int) -> str:
    """Return the id of a photo of a `.bin`.

    >>> numbered(12)
    '0000012'
    """
    return f"{number:07d}"


def read_bin(path: Path) -> BinFile:
    """Read a `.bin`; its photos stay in the file.

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
            files = tuple(_list_photos(photos, path))
            return BinFile(file, files, _read_labels(same, len(files), file, path))
        case _:
            raise _no_set(path, "something else")


def _list_photos(photos: object, path: Path) -> Iterator[bytes | Span]:
    if not isinstance(photos, list | tuple):
        raise _no_set(path, "no list of photos")
    for number, photo in enumerate(photos):
        item = photo.data if isinstance(photo, Array) and photo.kind == "u1" else photo
        if not isinstance(item, bytes | Span):
            raise _no_set(path, f"something else than bytes as photo {number}")
        yield item


def _read_labels(same: object, photos: int, file: RandomAccess, path: Path) -> BoolArray:
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
