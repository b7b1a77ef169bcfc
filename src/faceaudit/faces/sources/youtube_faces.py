"""Faces from YouTube Faces."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from faceaudit.faces.crop import Crop
from faceaudit.faces.packing.pack import Packing, pack
from faceaudit.faces.reading.archive import Archive
from faceaudit.faces.reading.layout import FolderLayout
from faceaudit.faces.reading.listing import Listing, list_photos, locate
from faceaudit.faces.sources.base import Loaded, Survey, sources
from faceaudit.faces.sources.folder import of_listing
from faceaudit.faces.sources.photo_source import PhotoSource
from faceaudit.progress import Progress, silent

_ROOT = "aligned_images_DB"
_LAYOUT = FolderLayout(loose=False, videos=True)


@sources.register
class YoutubeFaces(PhotoSource):
    """YouTube Faces; one group a video.

    Without other options the central half of the width and height of its aligned frames is kept,
    as those who publish them do: the other half is background.
    """

    name = "youtube_faces"
    paper = "Wolf, Hassner, Maoz 2011 (CVPR, doi:10.1109/CVPR.2011.5995566)"

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

    def load(self, size: tuple[int, int], *, cache: Path, progress: Progress = silent) -> Loaded:
        """Return the frames at `size` (height, width), decoded once and then kept in `cache`.

        Raises:
            SourceError: nothing is at the path, it holds no usable frame, or the archive is broken
                or cut short.
        """
        path = locate(self.path)
        if path.is_dir():
            packing = of_listing(
                self._list(path), size=size, crop=self.crop, align=self.align, where=self.path
            )
        else:
            packing = self._of_archive(path, size)
        return pack(packing, cache=cache, progress=progress)

    def survey(self) -> Survey:
        """Return how many people and files there are; of an archive only reading would tell.

        Raises:
            SourceError: nothing is at the path, or the folder holds no file where a frame
                should be.
        """
        path = locate(self.path)
        return self._list(path).survey() if path.is_dir() else Survey(None, None)

    def _list(self, path: Path) -> Listing:
        return list_photos(path, _LAYOUT, minimum=self.minimum)

    def _of_archive(self, path: Path, size: tuple[int, int]) -> Packing:
        about = path.stat()
        changed = [about.st_size, about.st_mtime_ns, about.st_ctime_ns]
        archive = Archive(path, _ROOT, _LAYOUT, self.minimum)
        return Packing(
            what=["archive", ascii(str(path)), changed, self.minimum],
            stream=archive.photos,
            total=None,
            size=size,
            crop=self.crop,
            where=self.path,
            align=self.align,
        )
