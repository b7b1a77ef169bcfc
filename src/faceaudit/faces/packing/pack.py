"""Photos, once decoded, in one file that is mapped into memory and never decoded again.

<cache>/<key>/images.u8     the pixels, one row a photo, sorted by id
<cache>/<key>/faces.json    everything else that is known of them
<cache>/<key>.partial/      a packing that goes on, or was killed and can go on
<cache>/<key>.lock          held while packing, so that two processes do not do it at once
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from faceaudit.errors import PhotoError, SourceError
from faceaudit.faces.alignment import Align, AlignedPhoto
from faceaudit.faces.crop import Crop, fit
from faceaudit.faces.packing.duplicates import Deduplicated, drop_duplicates
from faceaudit.faces.packing.journal import Journal, PackedPhoto
from faceaudit.faces.reading import decode
from faceaudit.faces.reading.layout import PhotoFile, reason_of
from faceaudit.faces.sources.base import LeftOut, Loaded
from faceaudit.files.lock import alone
from faceaudit.progress import Progress
from faceaudit.registry import digest
from faceaudit.types import LANDMARKS, FaceSet, FloatArray, ImageArray, fingerprint_rows

PACK_VERSION = 1
"""Raised when the same files would give other pixels, ids, people or groups than before."""

_THREADS = min(8, len(os.sched_getaffinity(0)))
# Photos read but not yet written: enough to keep the threads busy past a slow one.
_WINDOW = 4 * _THREADS
_ROWS_AT_ONCE = 4096

Stream = Callable[[], Iterable[PhotoFile | LeftOut]]
Done = tuple[PackedPhoto, ImageArray | None]


@dataclass(frozen=True)
class Packing:
    """What is to be packed, and how.

    Attributes:
        what: JSON value that changes whenever the photos may; with `size`, `crop` and `align` it
            makes the key under which they are packed.
        stream: gives the photos, in the same order whenever `what` is the same.
        total: how many there are, or None when nobody knows yet.
        size: height and width they are brought to.
        crop: the part of each that is kept.
        where: where they come from, for people to read.
        align: how the face in each is found and brought into place; None keeps the crop.
    """

    what: object
    stream: Stream
    total: int | None
    size: tuple[int, int]
    crop: Crop
    where: str
    align: Align | None = None

    @cached_property
    def key(self) -> str:
        """Name of the folder in the cache.

        Raises:
            WeightsError: `align` needs a file that cannot be used.
        """
        align = [] if self.align is None else [self.align.key()]
        return digest([PACK_VERSION, self.what, list(self.size), self.crop, *align])

    @property
    def row_bytes(self) -> int:
        """Bytes of one photo."""
        return self.size[0] * self.size[1] * 3


def pack(packing: Packing, *, cache: Path, progress: Progress) -> Loaded:
    """Return the faces of a packing; only what was never packed before is decoded.

    Raises:
        SourceError: the source breaks off, holds no usable photo, or the cache cannot be written.
        WeightsError: the packing aligns with a file that cannot be used; said before any photo is
            decoded.
    """
    if min(packing.size) < 1:
        raise SourceError(f"expected a size of at least 1 x 1 pixels, got {packing.size}")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with alone(cache / f"{packing.key}.lock"):
            ready = _ready(cache / packing.key, packing, progress)
            return ready or _pack(packing, cache, progress)
    except OSError as error:
        raise SourceError(
            f"expected a cache folder that can be written and has room, got {error}; free some "
            "or give another folder, what is packed so far is used again"
        ) from error


def _pack(packing: Packing, cache: Path, progress: Progress) -> Loaded:
    partial = cache / f"{packing.key}.partial"
    partial.mkdir(exist_ok=True)
    with closing(Journal(partial, packing.row_bytes)) as journal:
        with progress.task(f"packing {packing.where}", packing.total) as advance:
            advance(len(journal.entries))
            photos = _not_done(packing, journal.entries, partial)
            for entry, row in _prepared(photos, packing):
                journal.append(entry, row)
                advance(1)
        settled = drop_duplicates(journal.entries)
        if not settled.kept:
            raise SourceError(_nothing(packing, settled))
        finished = partial / "finished"
        _write(finished, packing, settled, journal.rows_path)
    finished.rename(cache / packing.key)
    shutil.rmtree(partial)
    return _open(cache / packing.key, packing)


def _not_done(
    packing: Packing, entries: Sequence[PackedPhoto], partial: Path
) -> Iterator[PhotoFile | LeftOut]:
    """Return the photos after those that an earlier packing has written down."""
    photos = iter(packing.stream())
    for entry, photo in zip(entries, islice(photos, len(entries)), strict=False):
        if entry.id != (photo.id if isinstance(photo, LeftOut) else photo.place.id):
            raise SourceError(
                f"expected to go on where packing {packing.where} was broken off, got other photos "
                f"than before; remove {partial}"
            )
    return photos


def _prepared(photos: Iterator[PhotoFile | LeftOut], packing: Packing) -> Iterator[Done]:
    """Yield each photo in turn while threads prepare a bounded number of the next ones."""
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="faceaudit-decode")
    waiting: deque[Future[Done]] = deque()
    try:
        for photo in photos:
            waiting.append(pool.submit(_prepare, photo, packing))
            if len(waiting) >= _WINDOW:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare(photo: PhotoFile | LeftOut, packing: Packing) -> Done:
    if isinstance(photo, LeftOut):
        return PackedPhoto(photo.id, reason=photo.reason), None
    place = photo.place
    try:
        data = photo.read()
        framed = _framed(decode.photo(data), packing)
    except (PhotoError, OSError) as error:
        return PackedPhoto.out(place, reason_of(error)), None
    except SourceError as error:
        raise SourceError(f"{place.id}: {error}") from error
    row = np.ascontiguousarray(framed.pixels)
    assert row.shape == (*packing.size, 3)
    assert row.dtype == np.uint8
    file, pixels = hashlib.sha256(data).digest(), hashlib.sha256(row.data).digest()
    points = _numbers(framed.landmarks)
    return PackedPhoto(
        place.id, place.person, place.group, file, pixels, "", points, framed.note
    ), row


def _framed(image: Image.Image, packing: Packing) -> AlignedPhoto:
    if packing.align is None:
        return AlignedPhoto(fit(image, packing.crop, packing.size))
    return packing.align.frame(image, packing.crop, packing.size)


def _numbers(landmarks: FloatArray | None) -> tuple[float, ...]:
    """Return landmarks as numbers whose shortest spelling is that of a single-precision float."""
    if landmarks is None:
        return ()
    return tuple(float(str(number)) for number in landmarks.astype(np.float32).ravel())


def _nothing(packing: Packing, settled: Deduplicated) -> str:
    if not settled.left_out:
        return f"expected photos in {packing.where}, got none"
    first = settled.left_out[0]
    return (
        f"expected at least one usable photo in {packing.where}, got none and "
        f"{len(settled.left_out)} left out, the first being {first.id}: {first.reason}"
    )


def _write(folder: Path, packing: Packing, settled: Deduplicated, rows: Path) -> None:
    """Write the finished pack, so that all of it is on the disk before it gets its name."""
    kept = settled.kept
    names = sorted({entry.person for entry in kept})
    groups = {name: number for number, name in enumerate(sorted({e.group for e in kept}))}
    person = {name: number for number, name in enumerate(names)}
    ids = [entry.id for entry in kept]
    group = [groups[entry.group] for entry in kept]
    points = [entry.landmarks for entry in kept]
    landmarks = _landmarks(points)
    about = {
        "size": list(packing.size),
        "names": names,
        "ids": ids,
        "identity": [person[entry.person] for entry in kept],
        "group": group,
        "left_out": [[out.id, out.reason] for out in settled.left_out],
        "fingerprint": fingerprint_rows(
            packing.size,
            ids,
            [entry.person for entry in kept],
            np.array(group, dtype=np.int64),
            [entry.pixels for entry in kept],
            {} if landmarks is None else {"landmarks": landmarks},
        ),
        # As before there were any, where there are none.
        **({} if landmarks is None else {"landmarks": points}),
        **({"noted": notes} if (notes := [[e.id, e.note] for e in kept if e.note]) else {}),
    }
    if folder.exists():  # of a process that was killed at this very point
        shutil.rmtree(folder)
    folder.mkdir()
    with (folder / "images.u8").open("wb") as images:
        raw = np.memmap(rows, dtype=np.uint8, mode="r").reshape(-1, packing.row_bytes)
        for start in range(0, len(settled.rows), _ROWS_AT_ONCE):
            images.write(raw[list(settled.rows[start : start + _ROWS_AT_ONCE])].data)
        _to_disk(images)
    with (folder / "faces.json").open("wb") as file:
        file.write(json.dumps(about).encode())
        _to_disk(file)


def _landmarks(points: Sequence[Sequence[float]]) -> FloatArray | None:
    """Return landmarks (N, 5, 2), not numbers (NaN) where none are known; None if none are at all.

    Raises:
        ValueError: some are not five points.
    """
    if not any(points):
        return None
    unknown = [float("nan")] * (2 * LANDMARKS)
    rows = np.array([row or unknown for row in points], dtype=np.float32)
    return rows.reshape(len(points), LANDMARKS, 2)


def _to_disk(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _ready(folder: Path, packing: Packing, progress: Progress) -> Loaded | None:
    """Return the faces that are packed in `folder`; what is damaged there is thrown away."""
    if not folder.exists():
        return None
    try:
        return _open(folder, packing)
    except (OSError, ValueError, LookupError, TypeError) as error:
        progress.note(f"packing {packing.where} again: {folder} is damaged ({error})")
        shutil.rmtree(folder)
        return None


def _open(folder: Path, packing: Packing) -> Loaded:
    about = json.loads((folder / "faces.json").read_bytes())
    shape = (len(about["ids"]), *packing.size, 3)
    stated, found = int(np.prod(shape)), (folder / "images.u8").stat().st_size
    if stated != found:
        raise ValueError(f"expected {stated} bytes in images.u8, got {found}")
    # Copy on write: the array may be handed to torch, and to code that writes into it, while the
    # file stays as it is.
    images = np.memmap(folder / "images.u8", dtype=np.uint8, mode="c", shape=shape)
    faces = FaceSet(
        images=images,
        identity=np.array(about["identity"], dtype=np.int64),
        names=tuple(about["names"]),
        ids=tuple(about["ids"]),
        group=np.array(about["group"], dtype=np.int64),
        landmarks=_landmarks(about.get("landmarks", ())),
        fingerprint=about["fingerprint"],
    )
    left_out, noted = about["left_out"], about.get("noted", ())
    return Loaded(faces, tuple(LeftOut(*o) for o in left_out), tuple(LeftOut(*n) for n in noted))
