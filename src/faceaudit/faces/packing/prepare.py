"""Photos on their way into a pack: read, decoded and aligned, several at once."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import PhotoError, SourceError
from faceaudit.faces.alignment.base import AlignedPhoto
from faceaudit.faces.crop import fit
from faceaudit.faces.detections import DetectionMemory
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.packing.journal import UNASKED, PackedPhoto
from faceaudit.faces.packing.packing import Packing
from faceaudit.faces.reading.layout import PhotoFile, reason_of
from faceaudit.types import FloatArray, ImageArray

if TYPE_CHECKING:
    from PIL import Image

    from faceaudit.faces.reading import decode
else:
    decode = deferred("faceaudit.faces.reading.decode")

_THREADS = min(8, len(os.sched_getaffinity(0)))
# Photos read but not yet written: enough to keep the threads busy past a slow one.
WINDOW = 4 * _THREADS

Done = tuple[PackedPhoto, ImageArray | None]


def prepare_ahead(
    photos: Iterator[PhotoFile | LeftOut], packing: Packing, memory: DetectionMemory
) -> Iterator[Done]:
    """Yield each photo in turn while threads prepare a bounded number of the next ones."""
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="faceaudit-decode")
    waiting: deque[Future[Done]] = deque()
    try:
        for photo in photos:
            waiting.append(pool.submit(_prepare_photo, photo, packing, memory))
            if len(waiting) >= WINDOW:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare_photo(photo: PhotoFile | LeftOut, packing: Packing, memory: DetectionMemory) -> Done:
    if isinstance(photo, LeftOut):
        return PackedPhoto(photo.id, reason=photo.reason), None
    location = photo.location
    if packing.only is not None and location.id not in packing.only:
        return _look_at_unasked(photo), None
    try:
        data = photo.read()
        file = hashlib.sha256(data).digest()
        framed = _frame_photo(decode.photo(data), packing, file, memory)
    except (PhotoError, OSError) as error:
        return PackedPhoto.out(location, reason_of(error)), None
    except SourceError as error:
        raise SourceError(f"{location.id}: {error}") from error
    row = np.ascontiguousarray(framed.pixels)
    assert row.shape == (*packing.size, 3)
    assert row.dtype == np.uint8
    pixels = hashlib.sha256(row.data).digest()
    points = landmark_bytes(framed.landmarks)
    where = location.id, location.person, location.group
    return PackedPhoto(*where, file, pixels, "", points, framed.note), row


def _look_at_unasked(photo: PhotoFile) -> PackedPhoto:
    """Return the entry of a photo that is only read to see whether another is the same file."""
    try:
        file = hashlib.sha256(photo.read()).digest()
    except (PhotoError, OSError):
        file = b""
    return replace(PackedPhoto.out(photo.location, UNASKED), file=file)


def _frame_photo(
    image: Image.Image, packing: Packing, photo: bytes, memory: DetectionMemory
) -> AlignedPhoto:
    if packing.align is None:
        return AlignedPhoto(fit(image, packing.crop, packing.size))
    return packing.align.frame_remembered(
        image, packing.crop, packing.size, photo=photo, memory=memory
    )


def landmark_bytes(landmarks: FloatArray | None) -> bytes:
    """Return landmarks as `PackedPhoto` has them; nothing where some are not known."""
    if landmarks is None or np.isnan(landmarks).any():
        return b""
    return landmarks.astype(np.float32).tobytes()
