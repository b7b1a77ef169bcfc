"""Photos of people who wear a key, as networks are shown them: found and aligned afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from faceaudit.attacks.enrolment import WornKey
from faceaudit.audit.common.embedded import EmbeddedFaces
from faceaudit.errors import PhotoError, SourceError
from faceaudit.faces.alignment.common.detecting import DetectingAligner, choose_face
from faceaudit.faces.alignment.common.similarity import template
from faceaudit.faces.reading import decode
from faceaudit.faces.reading.layout import PhotoFile
from faceaudit.faces.sources.base import Source
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.progress import Progress, silent
from faceaudit.types import BoolArray, FloatArray, ImageArray, IntArray

PutOn = Callable[[ImageArray, FloatArray, int], ImageArray]
"""Puts a key on (1, H, W, 3) uint8, of a face with (1, 5, 2) landmarks; told the photo's place."""


@dataclass(frozen=True, eq=False)
class Captured:
    """N photos with a key as each network is shown them.

    Attributes:
        images: (N, H, W, 3) uint8 at each network's size.
        found: (N,) whether the detector found a face; black pictures stand where it did not.
    """

    images: tuple[ImageArray, ...]
    found: BoolArray


def detects(source: Source) -> bool:
    """Return whether faces are looked for in a source's photos."""
    return isinstance(source, PhotoSource) and isinstance(source.align, DetectingAligner)


def eyes_on(embedded: EmbeddedFaces, number: int, rows: IntArray) -> FloatArray:
    """Return (N, 2, 2) pixels of the eyes on photos at a network's size.

    Those of photos without landmarks are taken to be where the five-point template has them.
    """
    faces = embedded.loaded[number].faces
    usual = template(faces.size)[:2].astype(np.float32)
    if faces.landmarks is None:
        return np.broadcast_to(usual, (len(rows), 2, 2)).copy()
    eyes = faces.landmarks[embedded.rows_in(number, rows), :2]
    return np.where(np.isfinite(eyes), eyes, usual).astype(np.float32)


def capture(
    embedded: EmbeddedFaces,
    source: Source,
    rows: IntArray,
    keys: Sequence[WornKey],
    *,
    before: bool,
) -> tuple[Captured, ...]:
    """Return photos with each of several keys.

    Args:
        embedded: the faces as every network has them.
        source: where they are from.
        rows: (N,) which photos.
        keys: what is worn.
        before: whether the key is put on the whole photo, in which the face is then looked for and
            aligned again; else on the aligned face.

    Raises:
        SourceError: the photos are no longer there, or faces are not looked for in them.
    """
    if before:
        sizes = [one.faces.size for one in embedded.loaded]
        ids = [embedded.faces.ids[row] for row in rows.tolist()]
        worn = [_wear(key) for key in keys]
        return capture_photos(source, ids, sizes, worn, embedded.work.progress)
    everybody = np.ones(len(rows), dtype=np.bool_)
    return tuple(
        Captured(
            tuple(
                key.put_on(
                    np.asarray(embedded.images(number)[embedded.rows_in(number, rows)]),
                    eyes_on(embedded, number, rows),
                )
                for number in range(len(embedded))
            ),
            everybody,
        )
        for key in keys
    )


def _wear(key: WornKey) -> PutOn:
    return lambda image, landmarks, _: key.put_on(image, np.ascontiguousarray(landmarks[:, :2]))


def capture_photos(
    source: Source,
    ids: Sequence[str],
    sizes: Sequence[tuple[int, int]],
    keys: Sequence[PutOn],
    progress: Progress = silent,
) -> tuple[Captured, ...]:
    """Return whole photos with each of several keys, in which faces are looked for afterwards.

    Args:
        source: where they are from.
        ids: N ids of the photos; one may be there several times.
        sizes: to return faces at.
        keys: what is put on each photo.
        progress: told of every photo.

    Raises:
        SourceError: the photos are no longer there, or faces are not looked for in them.
    """
    if not isinstance(source, PhotoSource) or not isinstance(source.align, DetectingAligner):
        raise SourceError(
            "expected a source in whose photos faces are looked for, got one without a detector; "
            "try `placed: aligned`"
        )
    images = [[np.zeros((len(ids), *size, 3), dtype=np.uint8) for size in sizes] for _ in keys]
    found = np.zeros((len(keys), len(ids)), dtype=np.bool_)
    wanted: dict[str, list[int]] = {}
    for place, id_ in enumerate(ids):
        wanted.setdefault(id_, []).append(place)
    missing = set(wanted)
    with progress.task("put keys on photos", len(wanted)) as advance:
        for id_, photo in _photos(source, set(wanted)):
            missing.discard(id_)
            landmarks = _landmarks(source.align, photo)
            for number, key in enumerate(keys if landmarks is not None else ()):
                assert landmarks is not None
                for place in wanted[id_]:
                    worn = Image.fromarray(key(np.asarray(photo)[None], landmarks, place)[0])
                    framed = _framed(source, source.align, worn, sizes)
                    if framed is not None:
                        found[number, place] = True
                        for size, one in enumerate(framed):
                            images[number][size][place] = one
            advance(1)
    if missing:
        raise SourceError(
            f"expected every photo where it was packed from, got {len(missing)} that are not "
            f"there, such as {min(missing)!r}; run the audit again"
        )
    return tuple(Captured(tuple(one), seen) for one, seen in zip(images, found, strict=True))


def _photos(source: PhotoSource, wanted: set[str]) -> Iterator[tuple[str, Image.Image]]:
    """Yield the photos that are wanted, decoded, each once."""
    left = set(wanted)
    for file in source.photos().photos():
        if isinstance(file, PhotoFile) and file.location.id in left:
            left.discard(file.location.id)
            try:
                yield file.location.id, decode.photo(file.read())
            except (PhotoError, OSError) as error:
                raise SourceError(f"{file.location.id}: {error}") from error
        if not left:
            return


def _landmarks(align: DetectingAligner, photo: Image.Image) -> FloatArray | None:
    """Return (1, 5, 2) pixels of the landmarks of the face that is taken; None without a face."""
    faces = align.find(photo)
    if not len(faces):
        return None
    rule = "central" if align.several == "leave out" else align.several
    chosen = choose_face(faces, rule, (photo.height, photo.width))
    return np.ascontiguousarray(faces.landmarks[chosen : chosen + 1])


def _framed(
    source: PhotoSource,
    align: DetectingAligner,
    worn: Image.Image,
    sizes: Sequence[tuple[int, int]],
) -> list[ImageArray] | None:
    """Return the face at each size, or None where none is found any more."""
    faces = align.find(worn)
    if not len(faces):
        return None
    try:
        return [align.frame_found(worn, source.crop, size, faces).pixels for size in sizes]
    except PhotoError:
        return None
