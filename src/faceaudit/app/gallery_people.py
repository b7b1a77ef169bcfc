"""Who is in the gallery, and who else there is: people who do not exist, or the operator's."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

import faceaudit
from faceaudit.api.spelling import find_source
from faceaudit.app.gallery import Gallery, GalleryPhoto
from faceaudit.app.networks import VARIATION
from faceaudit.app.settings import Settings
from faceaudit.errors import PhotoError, SourceError
from faceaudit.faces.crop import Crop, box
from faceaudit.faces.reading.decode import decode
from faceaudit.faces.reading.layout import PhotoFile
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.progress import Progress
from faceaudit.types import ImageArray

PEOPLE, PHOTOS = 12, 4
"""People in the gallery, and photos of each."""
OTHERS = 200
"""People besides, whom thresholds are measured on."""
FEWEST = 40
"""With fewer people than that besides, no threshold worth the name can be measured on them."""
SIZES = {"as DeepID": (165, 141), "square": (192, 192)}
"""Sizes in which synthetic photos are rendered: of the shape that networks take."""


@dataclass(frozen=True)
class Found:
    """The photos of a real source, by person.

    Attributes:
        gallery: files of each of the gallery's people.
        others: ids of photos of other people.
    """

    gallery: tuple[tuple[PhotoFile, ...], ...]
    others: tuple[str, ...]


def choose(settings: Settings, cache: Path, progress: Progress) -> Gallery:
    """Return the gallery: synthetic people, or the first in the operator's photos.

    Args:
        settings: of the app.
        cache: a folder for what is rendered on the way; removed afterwards.
        progress: told of every photo.

    Raises:
        SourceError: the operator's photos cannot be used.
    """
    source = None if settings.faces is None else find_source(settings.faces)
    if source is not None and not source.real:
        source = None
    if source is None:
        return _synthetic(settings, cache, progress)
    if not isinstance(source, PhotoSource):
        raise SourceError(f"expected photos for the gallery, got {settings.faces}; try a folder")
    photos = []
    people = look_through(source).gallery
    with progress.task("reading the gallery", sum(map(len, people))) as advance:
        for person, files in enumerate(people):
            for file in files:
                pixels = _pixels(file, source.crop if settings.align is None else 1.0)
                if pixels is not None:
                    photos.append(GalleryPhoto(person, pixels))
                advance(1)
    return Gallery(tuple(photos), real=True)


def others(settings: Settings, size: tuple[int, int], cache: Path, progress: Progress) -> Any:
    """Return photos of people who are not in the gallery, and whether these exist.

    Synthetic people stand in where the operator's photos show too few.

    Args:
        settings: of the app.
        size: height and width of the photos.
        cache: a folder for photos at that size.
        progress: told of every photo.

    Returns:
        Loaded faces, and whether the people are real.
    """
    source = None if settings.faces is None else find_source(settings.faces)
    if isinstance(source, PhotoSource) and source.real:
        ids = look_through(source).others
        if ids:
            given = find_source(settings.faces, align=settings.align) if settings.faces else source
            loaded = faceaudit.load_faces(given, size, only=ids, cache=cache, progress=progress)
            return loaded, True
    aligned = settings.align is not None or bool(settings.networks)
    rendered = faceaudit.load_faces(
        "synthetic",
        size,
        cache=cache,
        progress=progress,
        people=OTHERS,
        photos=PHOTOS,
        sessions=2,
        seed=8103,
        variation=VARIATION,
        aligned=aligned,
    )
    return rendered, False


def look_through(source: PhotoSource) -> Found:
    """Return whom the gallery shows and who else there is; nothing is decoded."""
    by_person: dict[str, list[PhotoFile]] = {}
    for photo in source.photos().photos():
        if isinstance(photo, PhotoFile):
            by_person.setdefault(photo.location.person, []).append(photo)
    for least in (PHOTOS, 2, 1):
        shown = [name for name, files in by_person.items() if len(files) >= least][:PEOPLE]
        if len(shown) >= 2:
            break
    besides = [
        files[:PHOTOS] for name, files in by_person.items() if name not in shown and len(files) >= 2
    ][:OTHERS]
    ids = tuple(file.location.id for file in chain.from_iterable(besides))
    return Found(
        tuple(tuple(by_person[name][:PHOTOS]) for name in shown),
        ids if len(besides) >= FEWEST else (),
    )


def _pixels(file: PhotoFile, crop: Crop) -> ImageArray | None:
    """Return the part of a photo that is kept; None where it cannot be read."""
    try:
        pixels = decode(file.read())
    except (PhotoError, OSError):
        return None
    edges = box(crop, width=pixels.shape[1], height=pixels.shape[0])
    left, top, right, bottom = (round(edge) for edge in edges)
    return np.ascontiguousarray(pixels[top:bottom, left:right])


def _synthetic(settings: Settings, cache: Path, progress: Progress) -> Gallery:
    own = not settings.networks
    size = SIZES["as DeepID" if own and settings.align is None else "square"]
    rendered = faceaudit.load_faces(
        "synthetic",
        size,
        cache=cache,
        progress=progress,
        people=PEOPLE,
        photos=PHOTOS,
        sessions=2,
        seed=77,
        variation=VARIATION,
        aligned=settings.align is None and not own,
    ).faces
    photos = tuple(
        GalleryPhoto(int(person), np.array(image))
        for person, image in zip(rendered.identity, rendered.images, strict=True)
    )
    shutil.rmtree(cache, ignore_errors=True)
    return Gallery(photos, real=False)
