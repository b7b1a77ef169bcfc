"""Source: a list of photos, one line a photo."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from faceaudit.errors import PhotoError
from faceaudit.faces.loaded import LeftOut, Survey
from faceaudit.faces.reading.layout import reason_of
from faceaudit.faces.reading.listing import File, Listing
from faceaudit.faces.reading.named_files import PhotoRoot, at_least, printable_path
from faceaudit.faces.reading.other_folders import advise
from faceaudit.faces.sources.base import sources
from faceaudit.faces.sources.common.listed_photos import listed_photos
from faceaudit.faces.sources.common.photo_list import listed_paths
from faceaudit.faces.sources.common.photo_source import PhotoSource, PhotoStream
from faceaudit.files.lines import shown
from faceaudit.files.paths import expand


@sources.register
class Listed(PhotoSource):
    """Photos named by a list: path and label, in columns with a header or not, or an `.lst`.

    Which kind is told by the first line; an `.lst` is MXNet's (index, labels, path) or that of
    insightface (aligned, path, label). A label is a person's name, in an `.lst` the first of its
    labels. Paths start from `root` or lie below it; where a file is not there, letter case is not
    looked at, and a backslash stands for `/`. The id of a photo is its path below `root`.
    """

    name: ClassVar[str] = "listed"
    paper: ClassVar[str] = (
        "none of its own; the lists are those of FaceX-Zoo (Wang et al. 2021, arXiv 2101.04407), "
        "of insightface (Deng et al. 2019, arXiv 1801.07698) and of MXNet's im2rec (Chen et al. "
        "2015, arXiv 1512.01274)"
    )
    version: ClassVar[int] = 2

    path: str = Field(min_length=1, description="the list; ~ and ${NAME} are filled in")
    root: str | None = Field(
        None, min_length=1, description="the folder that paths start from; none: the list's own"
    )
    minimum: int = Field(
        1, ge=1, description="people with fewer photos are left out before anything is decoded"
    )

    def photos(self) -> PhotoStream:
        """Return the photos that the list names.

        Raises:
            SourceError: the list or its folder cannot be read, a line is malformed, or no photo is
                named that is there.
        """
        return listed_photos(self._list())

    def survey(self) -> Survey:
        """Return how many people and files the list names.

        Raises:
            SourceError: as `photos` does.
        """
        return self._list().survey()

    def _list(self) -> Listing:
        path = self._located()
        folder = path.parent
        if self.root is not None:
            folder = expand(self.root, advice="in a plan, `--set <section>.faces.root=...`")
        root = PhotoRoot(folder)
        files: dict[bytes, File] = {}
        nobodys: set[bytes] = set()
        left_out, names = [], []
        for name, person in listed_paths(path):
            try:
                file = root.find(name, person)
                known = files.setdefault(file.path, file)
                if known is not file:
                    if known.location.person != person:
                        nobodys.add(file.path)
                    raise _twice(known, person)
            except (PhotoError, OSError) as reason:
                left_out.append(LeftOut(printable_path(name) or shown(name), reason_of(reason)))
                names.append(name)
        # A photo that is listed under two people is nobody's: both lines go.
        files = {key: file for key, file in files.items() if key not in nobodys}
        chosen = tuple(sorted(files.values(), key=lambda file: file.location.id))
        advice = "" if chosen else advise(root, names)
        return at_least(Listing(chosen, tuple(left_out)), self.minimum, self.path, advice=advice)


def _twice(known: File, person: str) -> PhotoError:
    if known.location.person == person:
        return PhotoError("expected each photo once, got it again")
    return PhotoError(
        "expected a photo of one person, got it listed under two people, "
        f"{known.location.person!r} and {person!r}"
    )
