"""Source: a folder of photos that are filed by person."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from faceaudit.faces.loaded import Survey
from faceaudit.faces.reading.layout import FolderLayout
from faceaudit.faces.reading.listing import Listing, list_photos
from faceaudit.faces.sources.base import sources
from faceaudit.faces.sources.common.listed_photos import listed_photos
from faceaudit.faces.sources.common.photo_source import PhotoSource, PhotoStream


@sources.register
class Folder(PhotoSource):
    """Photos as person/photo or person/video/photo, in any mix.

    A video's photos are one group; a photo right in its person's folder is a group of its own,
    since nothing is known of when it was taken.
    """

    name: ClassVar[str] = "folder"
    paper: ClassVar[str] = (
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

    def photos(self) -> PhotoStream:
        """Return the photos in the folder.

        Raises:
            SourceError: the folder is not there, or holds no file where a photo should be.
        """
        return listed_photos(self._list())

    def survey(self) -> Survey:
        """Return how many people and files there are where photos should be.

        Raises:
            SourceError: the folder is not there, or holds no file where a photo should be.
        """
        return self._list().survey()

    def _list(self) -> Listing:
        return list_photos(self._located(), self.layout, minimum=self.minimum)
