"""Photos framed in several ways, each looked at once, and the embeddings of all framings."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import PhotoError, SourceError
from faceaudit.faces.alignment.common.detecting import DetectingAligner
from faceaudit.faces.crop import Crop, fit
from faceaudit.faces.detections import DetectionMemory
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.reading.layout import PhotoFile, reason_of
from faceaudit.progress import Advance
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.types import FloatArray, ImageArray

if TYPE_CHECKING:
    from faceaudit.faces.reading import decode
else:
    decode = deferred("faceaudit.faces.reading.decode")

_THREADS = min(8, len(os.sched_getaffinity(0)))
_AT_ONCE = 16
"""Photos whose framings are held at a time."""


@dataclass(frozen=True)
class Framing:
    """A way to frame a face that was found.

    Attributes:
        align: brings it into place; None keeps the crop of the photo.
        crop: the part of a photo that is kept where nothing is aligned.
    """

    align: DetectingAligner | None
    crop: Crop


@dataclass(frozen=True, eq=False)
class FramedPhotos:
    """The embeddings of N photos in K framings.

    Attributes:
        ids: of the photos.
        embedded: (K, N, E) float32.
        left_out: photos that could not be framed in all ways, and why.
    """

    ids: tuple[str, ...]
    embedded: FloatArray
    left_out: tuple[LeftOut, ...]


def embed_framings(
    embedder: Embedder,
    photos: Iterable[PhotoFile],
    finder: DetectingAligner,
    framings: Sequence[Framing],
    *,
    memory: DetectionMemory,
    advance: Advance,
) -> FramedPhotos:
    """Embed photos in several framings; each is decoded and looked at once.

    Args:
        embedder: the network with its weights.
        photos: the photos; those in which no face is found are left out.
        finder: finds the face.
        framings: K ways to frame it.
        memory: the faces that were found before.
        advance: told how many photos are done.

    Raises:
        SourceError: no photo is left, or one without a face is to end it all.
        WeightsError: the detector's weights cannot be used.
    """
    ids: list[str] = []
    left_out: list[LeftOut] = []
    parts: list[FloatArray] = []

    def frame(photo: PhotoFile) -> ImageArray | LeftOut:
        try:
            return _frame(photo, finder, framings, embedder.size, memory)
        except (PhotoError, OSError) as error:
            return LeftOut(photo.location.id, reason_of(error))

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="faceaudit-frame") as pool:
        for some in _batches(photos):
            framed = list(pool.map(frame, some))
            left_out += [one for one in framed if isinstance(one, LeftOut)]
            kept = [one for one in framed if not isinstance(one, LeftOut)]
            ids += [
                photo.location.id
                for photo, one in zip(some, framed, strict=True)
                if not isinstance(one, LeftOut)
            ]
            if kept:
                images = np.stack(kept, axis=1)  # (K, n, H, W, 3)
                flat = embedder.embed(images.reshape(-1, *images.shape[2:]))
                parts.append(flat.reshape(*images.shape[:2], -1))
            advance(len(some))
    if not parts:
        why = f", the first being {left_out[0].id}: {left_out[0].reason}" if left_out else ""
        raise SourceError(f"expected photos with a face, got none and {len(left_out)} others{why}")
    return FramedPhotos(tuple(ids), np.concatenate(parts, axis=1), tuple(left_out))


def _batches(photos: Iterable[PhotoFile]) -> Iterator[list[PhotoFile]]:
    waiting = iter(photos)
    while some := list(islice(waiting, _AT_ONCE)):
        yield some


def _frame(
    photo: PhotoFile,
    finder: DetectingAligner,
    framings: Sequence[Framing],
    size: tuple[int, int],
    memory: DetectionMemory,
) -> ImageArray:
    """Return (K, H, W, 3): a photo in all framings."""
    data = photo.read()
    image = decode.photo(data)
    faces = finder.find_remembered(image, hashlib.sha256(data).digest(), memory)
    if not len(faces):
        raise PhotoError(f"expected a face, got none with a score of {finder.threshold:g} or more")
    return np.stack(
        [
            fit(image, one.crop, size)
            if one.align is None
            else one.align.frame_found(image, one.crop, size, faces).pixels
            for one in framings
        ]
    )
