"""insightface's `.bin` files: the photos of pairs, read without running the pickle they are.

P pairs are a list of 2P photos' files and a list of P booleans (Deng et al. 2019, arXiv
1801.07698; `load_bin` in insightface's
recognition/arcface_torch/eval/verification.py).
"""

from __future__ import annotations

import gzip
import hashlib
import math
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

import numpy as np

from faceaudit.errors import InputError, PhotoError, SourceError
from faceaudit.faces.reading.layout import refuse_heavy
from faceaudit.files.known_formats import look_at
from faceaudit.files.limited.limits import Limits
from faceaudit.files.limited.process import Declined, LimitedProcess
from faceaudit.files.lines import shown
from faceaudit.files.random_access import RandomAccess
from faceaudit.files.safe_pickle import load_plain
from faceaudit.files.safe_pickle_names import as_numpy
from faceaudit.files.safe_pickle_values import Array, Kind, Span
from faceaudit.types import BoolArray, IntArray

_GZIP: Final = b"\x1f\x8b"
_GZIPPED: Final = "a gzip archive"
_INFLATION: Final = 64  # photos hardly shrink; what grows more was made to fill the disk
_SMALL: Final = 64 * 1024
_COUNTED: Final = 64 * 1024**2  # bytes that limits grow with: the rest of a file is photos
_BYTES: Final = ("u1", "i1", "S1")
_PHOTOS: Final = ("bins", "images", "imgs", "photos", "data")
_LABELS: Final = ("issame_list", "issame", "actual_issame", "is_same", "same", "labels", "label")


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
    """Read a `.bin`; its photos stay in the file, or in an unpacked copy of one of gzip.

    Photos may be byte strings or arrays of bytes of any shape; labels a list or an array of
    booleans or numbers; and both together a list, a tuple or a dictionary.

    Raises:
        SourceError: it cannot be read, holds code (which is not executed), is broken, or is no
            list of photos with a list of half as many booleans.
    """
    file = RandomAccess(path)
    known = look_at(path)
    if known is not None and known.group != "text" and known.name != _GZIPPED:
        raise SourceError(f"expected an insightface .bin, got {path}, {known.name}; check the path")
    try:
        if file.read(0, min(2, file.size)) == _GZIP:
            file, value = _unpack(path, file.size)
        else:
            with path.open("rb") as pickled:
                value = _load(pickled, path, path.name)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"expected a file that can be read, got {path} ({error})") from None
    except InputError as error:
        raise SourceError(f"{path.name}: {error}") from None
    photos, same = _take_apart(value, path)
    files = tuple(_list_photos(photos, path))
    return BinFile(file, files, _read_labels(same, len(files), file, path))


def _unpack(path: Path, size: int) -> tuple[RandomAccess, object]:
    """Return the content of a file of gzip, in a copy that goes when nobody reads it any more."""
    room = _INFLATION * size + (1 << 20)
    with tempfile.NamedTemporaryFile() as copy, gzip.open(path) as packed:
        while piece := packed.read(1 << 20):
            room -= len(piece)
            if room < 0:
                raise InputError(
                    f"expected photos, got a gzip archive that grows more than {_INFLATION} times; "
                    "unpack it yourself where you trust it"
                )
            copy.write(piece)
        copy.flush()
        place = Path(copy.name)
        return RandomAccess(place), _load(cast(BinaryIO, copy), place, path.name)


def _load(file: BinaryIO, path: Path, name: str) -> object:
    """Return the value that is pickled in a file, read in a process of its own first.

    That process may be ended if it takes too much.

    Args:
        file: to be read.
        path: of the same.
        name: what to call it.

    Raises:
        InputError: as `load_plain`, or it took more than the limits.
    """
    size = file.seek(0, 2)
    if size > _SMALL:  # below, it has by far too few instructions for that
        process = LimitedProcess("faceaudit.files.limited.plain_pickle", name, what="a pickle")
        try:
            limits = Limits.to_read(min(size, _COUNTED))
            with suppress(Declined):  # it could not be opened there: what reads it says why
                process.ask({"path": str(path.absolute())}, limits)
        finally:
            process.close()
    return load_plain(file)


def _take_apart(value: object, path: Path) -> tuple[object, object]:
    """Return the photos and the labels of what a `.bin` holds."""
    match value:
        case [photos, same]:
            return photos, same
        case dict():
            photos = next((value[key] for key in _PHOTOS if key in value), None)
            same = next((value[key] for key in _LABELS if key in value), None)
            if photos is not None and same is not None:
                return photos, same
            keys = ", ".join(shown(str(key)) for key in list(value)[:10]) or "nothing"
            raise _no_set(path, f"a dictionary of {keys}; name the two {_PHOTOS[0]}, {_LABELS[0]}")
        case _:
            raise _no_set(path, "something else")


def _list_photos(photos: object, path: Path) -> Iterator[bytes | Span]:
    if isinstance(photos, Array):
        photos = photos.data
    if not isinstance(photos, list | tuple):
        raise _no_set(path, "no list of photos")
    for number, photo in enumerate(photos):
        item = photo
        if isinstance(photo, Array) and photo.kind is not None and photo.kind.text in _BYTES:
            if max(photo.shape, default=0) != math.prod(photo.shape):
                raise _no_set(
                    path,
                    f"pixels of shape {photo.shape} as photo {number}; put whole files there, as "
                    "cv2.imencode makes them",
                )
            item = photo.data
        if not isinstance(item, bytes | Span):
            raise _no_set(path, f"something else than bytes as photo {number}")
        yield item


def _read_labels(same: object, photos: int, file: RandomAccess, path: Path) -> BoolArray:
    if isinstance(same, Array) and isinstance(same.data, list):
        same = same.data
    # Counted before they are read: a small file can have room for billions of them.
    count = _count_labels(same)
    if count is None:
        raise _no_set(path, "no list of labels")
    if photos != 2 * count or not count:
        raise _no_set(path, f"{photos:,} photos and {count:,} labels")
    values = _list_labels(same, file)
    if any(not isinstance(label, int | float) or label not in (0, 1) for label in values):
        raise _no_set(path, "labels that are not all True or False")
    return np.array([bool(label) for label in values], dtype=np.bool_)


def _count_labels(same: object) -> int | None:
    """Return how many labels there are; None for what is no list of any."""
    match same:
        case Array(kind=Kind(text)) if text[0] in "biuf":
            return math.prod(same.shape)
        case Span():
            return same.length
        case list() | tuple() | bytes():
            return len(same)
    return None


def _list_labels(same: object, file: RandomAccess) -> list[object]:
    """Return the labels one by one."""
    if isinstance(same, Array):
        data = same.data
        assert not isinstance(data, list)
        whole = file.read(data.start, data.length) if isinstance(data, Span) else data
        return cast(list[object], as_numpy(same, whole).reshape(-1).tolist())
    if isinstance(same, Span):
        same = file.read(same.start, same.length)
    return list(cast("list[object] | tuple[object, ...] | bytes", same))


def _no_set(path: Path, got: str) -> SourceError:
    return SourceError(
        f"expected a list of photos and a list of half as many booleans in {path}, got {got}"
    )
