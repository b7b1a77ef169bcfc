"""Source: a list of photos, one line a photo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from faceaudit.errors import PhotoError, SourceError
from faceaudit.faces.loaded import LeftOut, Survey
from faceaudit.faces.reading.layout import printable_name, reason_of
from faceaudit.faces.reading.listing import File, Listing
from faceaudit.faces.reading.named_files import PhotoRoot, at_least, printable_path
from faceaudit.faces.sources.base import sources
from faceaudit.faces.sources.common.listed_photos import listed_photos
from faceaudit.faces.sources.common.photo_source import PhotoSource, PhotoStream
from faceaudit.files.lines import Line, numbered_lines, shown, whole_number
from faceaudit.files.paths import expand

_PLAIN = "<path> <label>"
_LST = "<index> <label> ... <path>, parted by tabs"


@sources.register
class Listed(PhotoSource):
    """Photos named by a list: `path label`, or an MXNet `.lst` (index, labels, path).

    Which of the two is told by the first line. A label is a person's name, in a `.lst` the first
    of its labels; the id of a photo is its path in the list.
    """

    name: ClassVar[str] = "listed"
    paper: ClassVar[str] = (
        "none of its own; the lists are those of FaceX-Zoo (Wang et al. 2021, arXiv 2101.04407) "
        "and of MXNet's im2rec (Chen et al. 2015, arXiv 1512.01274)"
    )

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
        files: dict[str, File] = {}
        left_out = []
        for name, person in _read_labels(path):
            try:
                file = root.find(name, person)
                _refuse_twice(files, file)
            except (PhotoError, OSError) as reason:
                left_out.append(LeftOut(printable_path(name) or shown(name), reason_of(reason)))
                continue
            files[file.location.id] = file
        # A photo that is listed under two people is nobody's: both lines go.
        for out in left_out:
            if "two people" in out.reason:
                files.pop(out.id, None)
        chosen = tuple(files[id_] for id_ in sorted(files))
        return at_least(Listing(chosen, tuple(left_out)), self.minimum, self.path)


def _refuse_twice(files: dict[str, File], file: File) -> None:
    known = files.get(file.location.id)
    if known is None:
        return
    if known.location.person == file.location.person:
        raise PhotoError("expected each photo once, got it again")
    raise PhotoError(
        f"expected a photo of one person, got it listed under two people, {known.location.person} "
        f"and {file.location.person}"
    )


def _read_labels(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the path of each line, as it stands there, and the person's name."""
    lines = numbered_lines(path, SourceError)
    read = None
    for number, text in lines:
        if read is None:
            read = _read_lst_line if _is_lst(text) else _read_plain_line
        yield read(path, (number, text))


def _is_lst(text: str) -> bool:
    fields = text.split("\t")
    return len(fields) >= 3 and whole_number(fields[0].strip()) is not None


def _read_plain_line(path: Path, line: Line) -> tuple[str, str]:
    fields = line[1].strip().rsplit(None, 1)
    if len(fields) != 2:
        raise _malformed(path, line, _PLAIN)
    return fields[0], printable_name(fields[1])


def _read_lst_line(path: Path, line: Line) -> tuple[str, str]:
    fields = [field.strip() for field in line[1].split("\t")]
    if len(fields) < 3 or whole_number(fields[0]) is None or not fields[-1]:
        raise _malformed(path, line, _LST)
    try:
        label = float(fields[1])
    except ValueError:
        raise _malformed(path, line, _LST) from None
    # im2rec writes whole labels as 17 or as 17.000000; anything else names a person as it stands.
    whole = label.is_integer() and 0 <= label < 2**53
    return fields[-1], f"{int(label):06d}" if whole else printable_name(fields[1])


def _malformed(path: Path, line: Line, expected: str) -> SourceError:
    return SourceError(
        f"{path.name}, line {line[0]}: expected {expected}, got {shown(line[1])}; correct the line "
        "or take it out"
    )
