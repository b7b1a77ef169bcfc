"""What photo files look like, without a face or a person: brightness, size, compression."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np

from faceaudit.errors import InputError, PhotoError
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.pairs.match import Matching
from faceaudit.faces.reading import decode
from faceaudit.faces.reading.layout import FolderLayout, PhotoFile, PhotoLocation, reason_of
from faceaudit.gate.lists import PairList
from faceaudit.progress import Progress, silent
from faceaudit.types import Float64Array

NAMES = (
    "brightness",
    "contrast",
    "sharpness",
    "pixels",
    "aspect",
    "bytes",
    "bytes a pixel",
    "JPEG quantisation",
)
"""What is measured of a photo; see `measure`."""

TITLES = tuple(f"{name} ({which})" for name in NAMES for which in ("smaller", "larger"))
"""The columns of `pair_features`."""

Stream = Callable[[], Iterable[PhotoFile | LeftOut]]
"""Gives the photos of a place, the same each time it is called."""

_EDGE = 1024  # pixels of the middle of a photo that its sharpness is measured on, at most
_THREADS = min(4, os.cpu_count() or 1)  # each holds a whole photo


@dataclass(frozen=True, eq=False)
class MeasuredPhotos:
    """Photos by the names that lists have for them.

    Attributes:
        values: (len(NAMES),) numbers of each photo that could be read.
        left_out: photos of the lists that could not, and why.
    """

    values: dict[str, Float64Array]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class AnyLayout(FolderLayout):
    """Photos anywhere below a folder: names alone tell one from another."""

    loose: bool = True
    videos: bool = True

    def __str__(self) -> str:
        return "<photo> or <folder>/.../<photo>"

    def locate(self, parts: tuple[str, ...]) -> PhotoLocation:
        """Return the location of any file that is not hidden.

        Raises:
            PhotoError: it is.
        """
        if any(part.startswith(".") for part in parts):
            raise PhotoError("expected a photo, got a hidden file")
        name = "/".join(parts)
        return PhotoLocation(name, parts[0], name)


def measure_photos(
    stream: Stream, lists: Sequence[PairList], *, progress: Progress = silent
) -> MeasuredPhotos:
    """Measure the photos of lists, each decoded once and only a few held at a time.

    Args:
        stream: the photos of the place; those that no list names are not read.
        lists: of pairs of such photos, by name.
        progress: told how many photos are done.

    Raises:
        InputError: no photo of the lists is there.
    """
    names = dict.fromkeys(name for pairs in lists for side in _names(pairs) for name in side)
    ids = [one.location.id for one in stream() if isinstance(one, PhotoFile)]
    matching = Matching(ids, names)
    wanted: dict[str, list[str]] = {}
    left_out = []
    for name in names:
        id_ = matching.find(name)
        if id_ is None:
            left_out.append(LeftOut(name, f"expected it among the photos, {matching.why(name)}"))
        else:
            wanted.setdefault(id_, []).append(name)
    if not wanted:
        raise InputError(
            f"expected the photos of the lists, got none of {len(names):,} among {len(ids):,} "
            f"photos, such as {next(iter(names))!a}; check the folder"
        )
    photos = (one for one in stream() if isinstance(one, PhotoFile) and one.location.id in wanted)
    values = {}
    with progress.task("measuring photos", len(wanted)) as advance:
        for id_, found in _measure_ahead(photos):
            for name in wanted[id_]:
                if isinstance(found, str):
                    left_out.append(LeftOut(name, found))
                else:
                    values[name] = found
            advance(1)
    return MeasuredPhotos(values, tuple(left_out))


def pair_features(pairs: PairList, measured: MeasuredPhotos) -> Float64Array:
    """Return (P, len(TITLES)) numbers of pairs, the smaller and the larger of both photos.

    NaN where one of the photos could not be read.
    """
    unknown = np.full(len(NAMES), np.nan)
    sides = [
        np.array([measured.values.get(name, unknown) for name in side]).reshape(-1, len(NAMES))
        for side in _names(pairs)
    ]
    both = np.stack([np.minimum(*sides), np.maximum(*sides)], axis=2)
    return both.reshape(len(pairs), -1)


def measure(data: bytes) -> Float64Array:
    """Return the `NAMES` of a photo file, (len(NAMES),).

    Brightness and contrast are the mean and the deviation of its grey levels, 0 to 255; sharpness
    is the variance of the Laplacian (Pech-Pacheco, Cristobal, Chamorro-Martinez, Fernandez-Valdivia
    2000, ICPR) in the middle; aspect is width by height, upright. JPEG quantisation is the mean of
    the first table, the larger the more was thrown away; 0 for other formats.

    Raises:
        PhotoError: it does not decode; see `faces.reading.decode`.
    """
    grey = decode.photo(data).convert("L")
    width, height = grey.size
    share = np.array(grey.histogram(), dtype=np.float64) / (width * height)
    levels = np.arange(256)
    mean = share @ levels
    return np.array(
        [
            mean,
            np.sqrt(share @ (levels - mean) ** 2),
            _sharpness(grey.crop(_middle(width, height))),
            width * height,
            width / height,
            len(data),
            len(data) / (width * height),
            _quantisation(data),
        ]
    )


def _names(pairs: PairList) -> tuple[list[str], list[str]]:
    """Return the names of both photos with the folder that was taken away from them."""
    start = f"{pairs.folder}/" if pairs.folder else ""
    return [start + name for name in pairs.first], [start + name for name in pairs.second]


def _measure_ahead(photos: Iterable[PhotoFile]) -> Iterator[tuple[str, Float64Array | str]]:
    """Yield the id of each photo with what was measured, or with why it could not be."""
    waiting = iter(photos)
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="faceaudit-measure") as pool:
        while some := list(islice(waiting, 16 * _THREADS)):
            yield from pool.map(_measure_one, some)


def _measure_one(photo: PhotoFile) -> tuple[str, Float64Array | str]:
    try:
        return photo.location.id, measure(photo.read())
    except (PhotoError, OSError) as error:
        return photo.location.id, reason_of(error)


def _middle(width: int, height: int) -> tuple[int, int, int, int]:
    left, top = max(0, width - _EDGE) // 2, max(0, height - _EDGE) // 2
    return left, top, left + min(width, _EDGE), top + min(height, _EDGE)


def _sharpness(grey: object) -> float:
    level = np.asarray(grey, dtype=np.float32)
    if min(level.shape) < 3:
        return 0.0
    around = level[:-2, 1:-1] + level[2:, 1:-1] + level[1:-1, :-2] + level[1:-1, 2:]
    return float(np.var(around - 4 * level[1:-1, 1:-1], dtype=np.float64))


def _quantisation(data: bytes) -> float:
    """Return the mean of a JPEG's first quantisation table, 0 without one."""
    at = 2 if data.startswith(b"\xff\xd8") else len(data)
    while at + 5 <= len(data) and data[at] == 0xFF:
        if data[at + 1] == 0xDB:
            kind = np.dtype(">u2" if data[at + 4] >> 4 else "u1")
            table = data[at + 5 : at + 5 + 64 * kind.itemsize]
            return float(np.frombuffer(table, kind).mean()) if len(table) >= 64 else 0.0
        at += 1 if data[at + 1] == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4])
    return 0.0
