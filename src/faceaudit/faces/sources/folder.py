"""Faces from a folder of photos that are filed by person."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from faceaudit.faces.alignment import Align
from faceaudit.faces.crop import Crop
from faceaudit.faces.packing.pack import Packing, pack
from faceaudit.faces.reading.layout import FolderLayout
from faceaudit.faces.reading.listing import Listing, list_photos, locate
from faceaudit.faces.sources.base import Loaded, Survey, sources
from faceaudit.faces.sources.photo_source import PhotoSource
from faceaudit.progress import Progress, silent


@sources.register
class Folder(PhotoSource):
    """Photos as person/photo or person/video/photo, in any mix.

    A video's photos are one group; a photo right in its person's folder is a group of its own,
    since nothing is known of when it was taken.
    """

    name = "folder"
    paper = (
        "none of its own; the layout is that of LFW (Huang et al. 2007) and, with videos, of "
        "YouTube Faces (Wolf et al. 2011)"
    )
    layout: ClassVar[FolderLayout] = FolderLayout(loose=True, videos=True)

    path: str = Field(
        min_length=1,
        description="the folder that holds one folder a person; ~ and ${NAME} are filled in",
    )
    minimum: int = Field(
        1, ge=1, description="people with fewer photos are left out before anything is decoded"
    )

    def load(self, size: tuple[int, int], *, cache: Path, progress: Progress = silent) -> Loaded:
        """Return the photos at `size` (height, width), decoded once and then kept in `cache`.

        Raises:
            SourceError: the folder is not there, or holds no usable photo.
        """
        packing = of_listing(
            self._list(), size=size, crop=self.crop, align=self.align, where=self.path
        )
        return pack(packing, cache=cache, progress=progress)

    def survey(self) -> Survey:
        """Return how many people and files there are where photos should be.

        Raises:
            SourceError: the folder is not there, or holds no file where a photo should be.
        """
        return self._list().survey()

    def _list(self) -> Listing:
        return list_photos(locate(self.path), self.layout, minimum=self.minimum)


def of_listing(
    listing: Listing,
    *,
    size: tuple[int, int],
    crop: Crop,
    where: str,
    align: Align | None = None,
) -> Packing:
    """Return what packs the photos of a folder."""
    return Packing(
        what=["folder", listing.digest()],
        stream=lambda: (*listing.left_out, *(file.photo() for file in listing.files)),
        total=len(listing.left_out) + len(listing.files),
        size=size,
        crop=crop,
        where=where,
        align=align,
    )
