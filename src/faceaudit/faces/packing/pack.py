"""Packs of photos: pixels in one file, mapped into memory and never decoded again.

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
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import PhotoError, SourceError
from faceaudit.faces.alignment.base import Align, AlignedPhoto
from faceaudit.faces.crop import Crop, fit
from faceaudit.faces.loaded import LeftOut, Loaded, Remark
from faceaudit.faces.packing.duplicates import Deduplicated, drop_duplicates
from faceaudit.faces.packing.journal import Journal, PackedPhoto
from faceaudit.faces.packing.pack_folder import (
    IMAGES,
    map_images,
    open_or_make,
    partial_folder,
    to_disk,
)
from faceaudit.faces.reading.layout import PhotoFile, reason_of
from faceaudit.progress import Progress
from faceaudit.registry import digest
from faceaudit.types import LANDMARKS, FaceSet, FloatArray, ImageArray, fingerprint_rows

if TYPE_CHECKING:
    from PIL import Image

    from faceaudit.faces.reading import decode
else:
    decode = deferred("faceaudit.faces.reading.decode")

PACK_VERSION = 1
"""Format version. Increase it when the same files would give other pixels, ids or groups."""

_THREADS = min(8, len(os.sched_getaffinity(0)))
# Photos read but not yet written: enough to keep the threads busy past a slow one.
_WINDOW = 4 * _THREADS
_ROWS_AT_ONCE = 4096

Stream = Callable[[], Iterable[PhotoFile | LeftOut]]
Done = tuple[PackedPhoto, ImageArray | None]


@dataclass(frozen=True)
class Packing:
    """A set of photos to pack, the size they get, and the part of each that is kept.

    Attributes:
        what: JSON value that changes whenever the photos may, also by a change of the source's
            algorithm; with `size`, `crop` and `align` it makes the key under which they are
            packed.
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
        WeightsError: the packing aligns with a file that cannot be used; raised before any photo
            is decoded.
    """
    if min(packing.size) < 1:
        raise SourceError(f"expected a size of at least 1 x 1 pixels, got {packing.size}")
    return open_or_make(
        cache / packing.key,
        lambda folder: _read_pack(folder, packing),
        lambda folder: _make_pack(folder, packing, progress),
        title=f"packing {packing.where}",
        progress=progress,
        advice=", what is packed so far is used again",
    )


def _make_pack(folder: Path, packing: Packing, progress: Progress) -> None:
    partial = partial_folder(folder)
    partial.mkdir(exist_ok=True)
    with closing(Journal(partial, packing.row_bytes)) as journal:
        with progress.task(f"packing {packing.where}", packing.total) as advance:
            advance(len(journal.entries))
            photos = _skip_packed_photos(packing, journal.entries, partial)
            for entry, row in _prepare_ahead(photos, packing):
                journal.append(entry, row)
                advance(1)
        deduplicated = drop_duplicates(journal.entries)
        if not deduplicated.kept:
            raise SourceError(_explain_empty_pack(packing, deduplicated))
        finished = partial / "finished"
        _write_pack(finished, packing, deduplicated, journal.rows_path)
    finished.rename(folder)
    shutil.rmtree(partial)


def _skip_packed_photos(
    packing: Packing, entries: Sequence[PackedPhoto], partial: Path
) -> Iterator[PhotoFile | LeftOut]:
    """Return the photos after those that an earlier packing has written down."""
    photos = iter(packing.stream())
    for entry, photo in zip(entries, islice(photos, len(entries)), strict=False):
        if entry.id != (photo.id if isinstance(photo, LeftOut) else photo.location.id):
            raise SourceError(
                f"expected to go on where packing {packing.where} was broken off, got other photos "
                f"than before; remove {partial}"
            )
    return photos


def _prepare_ahead(photos: Iterator[PhotoFile | LeftOut], packing: Packing) -> Iterator[Done]:
    """Yield each photo in turn while threads prepare a bounded number of the next ones."""
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="faceaudit-decode")
    waiting: deque[Future[Done]] = deque()
    try:
        for photo in photos:
            waiting.append(pool.submit(_prepare_photo, photo, packing))
            if len(waiting) >= _WINDOW:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare_photo(photo: PhotoFile | LeftOut, packing: Packing) -> Done:
    if isinstance(photo, LeftOut):
        return PackedPhoto(photo.id, reason=photo.reason), None
    location = photo.location
    try:
        data = photo.read()
        framed = _frame_photo(decode.photo(data), packing)
    except (PhotoError, OSError) as error:
        return PackedPhoto.out(location, reason_of(error)), None
    except SourceError as error:
        raise SourceError(f"{location.id}: {error}") from error
    row = np.ascontiguousarray(framed.pixels)
    assert row.shape == (*packing.size, 3)
    assert row.dtype == np.uint8
    file, pixels = hashlib.sha256(data).digest(), hashlib.sha256(row.data).digest()
    points = _list_landmarks(framed.landmarks)
    where = location.id, location.person, location.group
    return PackedPhoto(*where, file, pixels, "", points, framed.note), row


def _frame_photo(image: Image.Image, packing: Packing) -> AlignedPhoto:
    if packing.align is None:
        return AlignedPhoto(fit(image, packing.crop, packing.size))
    return packing.align.frame(image, packing.crop, packing.size)


def _list_landmarks(landmarks: FloatArray | None) -> tuple[float, ...]:
    """Return landmarks as numbers whose shortest spelling is that of a single-precision float."""
    if landmarks is None:
        return ()
    return tuple(float(str(number)) for number in landmarks.astype(np.float32).ravel())


def _explain_empty_pack(packing: Packing, deduplicated: Deduplicated) -> str:
    if not deduplicated.left_out:
        return f"expected photos in {packing.where}, got none"
    first = deduplicated.left_out[0]
    return (
        f"expected at least one usable photo in {packing.where}, got none and "
        f"{len(deduplicated.left_out)} left out, the first being {first.id}: {first.reason}"
    )


def _write_pack(folder: Path, packing: Packing, deduplicated: Deduplicated, rows: Path) -> None:
    """Write the finished pack, so that all of it is on the disk before it gets its name."""
    kept = deduplicated.kept
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
        "left_out": [[out.id, out.reason] for out in deduplicated.left_out],
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
    with (folder / IMAGES).open("wb") as images:
        raw = np.memmap(rows, dtype=np.uint8, mode="r").reshape(-1, packing.row_bytes)
        for start in range(0, len(deduplicated.rows), _ROWS_AT_ONCE):
            images.write(raw[list(deduplicated.rows[start : start + _ROWS_AT_ONCE])].data)
        to_disk(images)
    with (folder / "faces.json").open("wb") as file:
        file.write(json.dumps(about).encode())
        to_disk(file)


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


def _read_pack(folder: Path, packing: Packing) -> Loaded:
    about = json.loads((folder / "faces.json").read_bytes())
    faces = FaceSet(
        images=map_images(folder, (len(about["ids"]), *packing.size, 3)),
        identity=np.array(about["identity"], dtype=np.int64),
        names=tuple(about["names"]),
        ids=tuple(about["ids"]),
        group=np.array(about["group"], dtype=np.int64),
        landmarks=_landmarks(about.get("landmarks", ())),
        fingerprint=about["fingerprint"],
    )
    left_out = tuple(LeftOut(*pair) for pair in about["left_out"])
    return Loaded(faces, left_out, tuple(Remark(*pair) for pair in about.get("noted", ())))
