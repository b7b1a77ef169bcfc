"""The gallery: a few people whom everybody may look at, to try the app without photos of one's own.

    gallery = known_gallery(settings())
    if gallery is not None:
        photo = gallery.people[0][1]
        st.image(photo.pixels)

They do not exist, unless the operator gave a folder of photos.
"""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from faceaudit.app.prepared import folder_of
from faceaudit.app.settings import Settings
from faceaudit.files.atomic import open_atomically, write_atomically
from faceaudit.types import ImageArray

STEP = "gallery"
"""The step that makes it."""
LARGEST = 640
"""Pixels of the longer side of a photo in it; larger ones are made smaller."""
_PHOTOS, _ABOUT = "photos.npz", "gallery.json"


@dataclass(frozen=True, eq=False)
class GalleryPhoto:
    """A photo of the gallery.

    Attributes:
        person: number of the person on it, from 0.
        pixels: (H, W, 3) uint8 RGB.
    """

    person: int
    pixels: ImageArray

    @cached_property
    def thumbnail(self) -> str:
        """A small JPEG of it, as the address of an image."""
        return picture(self.pixels, 96, quality=75)


@dataclass(frozen=True, eq=False)
class Gallery:
    """A few people with some photos of each.

    Attributes:
        photos: all of them, those of a person one after the other.
        real: whether the people exist: they are the operator's then.
    """

    photos: tuple[GalleryPhoto, ...]
    real: bool

    @cached_property
    def people(self) -> tuple[tuple[GalleryPhoto, ...], ...]:
        """The photos of each person."""
        each: dict[int, list[GalleryPhoto]] = {}
        for photo in self.photos:
            each.setdefault(photo.person, []).append(photo)
        return tuple(tuple(photos) for photos in each.values())


def known_gallery(settings: Settings) -> Gallery | None:
    """Return the gallery, or None as long as it is not made; quick to call."""
    folder = folder_of(settings, STEP)
    try:
        changed = (folder / _ABOUT).stat().st_mtime_ns
    except OSError:
        return None
    return _load(folder, changed)


@lru_cache(maxsize=4)
def _load(folder: Path, _changed: int) -> Gallery:
    about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    with np.load(folder / _PHOTOS, allow_pickle=False) as kept:
        photos = tuple(
            GalleryPhoto(person, kept[str(number)]) for number, person in enumerate(about["people"])
        )
    return Gallery(photos, real=about["real"])


def save(gallery: Gallery, folder: Path) -> None:
    """Write a gallery to a folder, for `known_gallery`."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {str(number): reduced(photo.pixels) for number, photo in enumerate(gallery.photos)}
    with open_atomically(folder / _PHOTOS) as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    about = {"people": [photo.person for photo in gallery.photos], "real": gallery.real}
    write_atomically(folder / _ABOUT, json.dumps(about))


def picture(pixels: ImageArray, longest: int = LARGEST, *, quality: int = 85) -> str:
    """Return a JPEG of a photo as the address of an image ("data:image/jpeg;base64,...").

    Args:
        pixels: (H, W, 3) uint8 RGB.
        longest: pixels of its longer side at most; a smaller photo stays as it is.
        quality: of the JPEG, 1 to 95.
    """
    image = Image.fromarray(pixels)
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def reduced(pixels: ImageArray, longest: int = LARGEST) -> ImageArray:
    """Return a photo made smaller, where its longer side has more pixels than that."""
    image = Image.fromarray(pixels)
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return np.array(image)
