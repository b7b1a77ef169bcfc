"""Source: a folder of photos that are filed by person."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from faceaudit.errors import SourceError
from faceaudit.faces.loaded import Survey
from faceaudit.faces.reading.layout import FolderLayout
from faceaudit.faces.reading.listing import Listing, list_photos
from faceaudit.faces.sources.base import sources
from faceaudit.faces.sources.common.listed_photos import listed_photos
from faceaudit.faces.sources.common.photo_source import PhotoSource, PhotoStream
from faceaudit.files.known_formats import REMEDIES, look_at

_WEIGHTS = frozenset(
    {".safetensors", ".pt", ".pth", ".ckpt", ".onnx", ".h5", ".hdf5", ".keras", ".params"}
)
_SOURCES = {".bin": "bin", ".rec": "recordio", ".lst": "listed"}


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
    follow_links: bool = Field(
        default=False, description="whether symbolic links to photos and folders are followed"
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
        path = self._located()
        if path.is_file():
            raise SourceError(
                f"expected a folder with {self.layout}, got {path}, {_name_file(path)}"
            )
        return list_photos(path, self.layout, minimum=self.minimum, follow_links=self.follow_links)


def _name_file(path: Path) -> str:
    """Return what a file is that was given in place of a folder, and what to try."""
    known = look_at(path)
    if path.suffix.lower() in _WEIGHTS or (known is not None and known.group == "weights"):
        return "a file of weights; give it as --weights, and a folder of photos here"
    if path.suffix.lower() in _SOURCES:
        return f"a file; try {_SOURCES[path.suffix.lower()]}:{path}"
    if known is None:
        return "a file; try the folder that holds one folder a person"
    if known.group == "text":
        return f"{known.name}; where it is a list of photos, try listed:{path}"
    if known.group in REMEDIES:
        return f"{known.name}; {REMEDIES[known.group]}"
    return f"{known.name}; try the folder that holds one folder a person"
