"""Source: YouTube Faces."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from faceaudit.faces.crop import Crop
from faceaudit.faces.loaded import Survey
from faceaudit.faces.reading.archive import Archive
from faceaudit.faces.reading.layout import FolderLayout
from faceaudit.faces.reading.listing import Listing, list_photos
from faceaudit.faces.sources.base import sources
from faceaudit.faces.sources.common.listed_photos import listed_photos
from faceaudit.faces.sources.common.photo_source import PhotoSource, PhotoStream

_ROOT = "aligned_images_DB"
_LAYOUT = FolderLayout(loose=False, videos=True)


@sources.register
class YoutubeFaces(PhotoSource):
    """YouTube Faces; one group a video.

    Without other options the central half of the width and height of its aligned frames is kept,
    as those who publish them do: the other half is background.
    """

    name: ClassVar[str] = "youtube_faces"
    paper: ClassVar[str] = "Wolf, Hassner, Maoz 2011 (CVPR, doi:10.1109/CVPR.2011.5995566)"

    crop: Crop = Field(
        0.5,
        description="the part of each frame that is kept, stretched to the size asked for: a "
        "central fraction of height and width, or [top, left, bottom, right] fractions",
    )
    path: str = Field(
        min_length=1,
        description="the folder aligned_images_DB or its archive; ~ and ${NAME} are filled in",
    )
    minimum: int = Field(
        1, ge=1, description="people with fewer photos are left out before anything is decoded"
    )

    def photos(self) -> PhotoStream:
        """Return the frames in the folder or archive.

        Raises:
            SourceError: nothing is at the path, the folder holds no file where a frame should be,
                or, once the frames are asked for, the archive is broken or cut short.
        """
        path = self._located()
        return listed_photos(self._list(path)) if path.is_dir() else self._stream_archive(path)

    def survey(self) -> Survey:
        """Return how many people and files there are; of an archive only reading would tell.

        Raises:
            SourceError: nothing is at the path, or the folder holds no file where a frame
                should be.
        """
        path = self._located()
        return self._list(path).survey() if path.is_dir() else Survey(None, None)

    def _list(self, path: Path) -> Listing:
        return list_photos(path, _LAYOUT, minimum=self.minimum)

    def _stream_archive(self, path: Path) -> PhotoStream:
        about = path.stat()
        changed = [about.st_size, about.st_mtime_ns, about.st_ctime_ns]
        archive = Archive(path, _ROOT, _LAYOUT, self.minimum)
        state = ["archive", ascii(str(path)), changed, self.minimum]
        return PhotoStream(state=state, photos=archive.photos, total=None)
