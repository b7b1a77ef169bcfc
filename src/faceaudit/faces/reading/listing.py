"""Listings of the photo files of a folder, made without opening one."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from faceaudit.errors import PhotoError, SourceError
from faceaudit.faces.loaded import LeftOut, Survey
from faceaudit.faces.reading.layout import (
    SPECIAL,
    FolderLayout,
    FolderTally,
    PhotoFile,
    PhotoLocation,
    printable_name,
    read_file,
    reason_of,
    too_few_photos,
)
from faceaudit.faces.reading.links import LINK_HERE, Found, find, repeated, start


@dataclass(frozen=True, slots=True)
class File:
    """A file that may be a photo, with its size and times as the folder lists them."""

    location: PhotoLocation
    path: bytes
    size: int
    changed: tuple[int, int]

    def photo(self) -> PhotoFile:
        """Return the photo to read."""
        return PhotoFile(self.location, partial(read_file, self.path, self.size), self.size)


@dataclass(frozen=True)
class Listing:
    """The files of a folder that may be photos, by id, and what else it holds."""

    files: tuple[File, ...]
    left_out: tuple[LeftOut, ...]

    def survey(self) -> Survey:
        """Return how many people and photos there seem to be."""
        return Survey(len({file.location.person for file in self.files}), len(self.files))

    def digest(self) -> str:
        """Return a sha256 that changes whenever a file is added, taken away or written to.

        Of two times the second (`ctime`) also gives away a file that was swapped for another of
        the same size and had its date set back.
        """
        whole = hashlib.sha256()
        for file in self.files:
            whole.update(repr((file.location.id, file.path, file.size, file.changed)).encode())
        for out in self.left_out:
            whole.update(repr((out.id, out.reason)).encode())
        return whole.hexdigest()


def list_photos(
    root: Path, layout: FolderLayout, *, minimum: int = 1, follow_links: bool | None = None
) -> Listing:
    """List the photo files in `root` by names and sizes alone.

    Args:
        root: the folder that holds one folder a person.
        layout: how photos are filed in it.
        minimum: people with fewer photos are left out.
        follow_links: whether symbolic links to files and folders are followed, wherever they lead;
            None where that is not offered.

    Raises:
        SourceError: `root` is no folder, or no file in it is where a photo should be.
    """
    if not root.is_dir():
        raise SourceError(f"expected a folder with {layout}, got {root}, which is none")
    listing = _walk(root, layout, follow=follow_links)
    if not listing.files:
        links = sum(out.reason == LINK_HERE for out in listing.left_out)
        if links:
            raise SourceError(
                f"expected photos as {layout} in {root}, got none and {links:,} symbolic "
                f"link{'s' * (links > 1)}, which are followed only when you say so; try the option "
                "follow_links: true (--source follow_links=true)"
            )
        raise SourceError(
            f"expected photos as {layout} in {root}, got none; {_suggest_folder(root, layout)}"
        )
    return _leave_out_people(listing, minimum, root)


def _leave_out_people(listing: Listing, minimum: int, root: Path) -> Listing:
    counts = Counter(file.location.person for file in listing.files)
    out = [too_few_photos(person, n, minimum) for person, n in counts.items() if n < minimum]
    if len(out) == len(counts):
        raise SourceError(
            f"expected a person with at least {minimum} photos in {root}, got at most "
            f"{max(counts.values())}; try a smaller `minimum`"
        )
    files = tuple(file for file in listing.files if counts[file.location.person] >= minimum)
    return Listing(files, (*listing.left_out, *out))


def _walk(root: Path, layout: FolderLayout, *, follow: bool | None = None) -> Listing:
    tally, left_out = FolderTally(), []
    files: list[tuple[File, bool]] = []
    folders: list[tuple[Found, tuple[str, ...]]] = [(start(os.fsencode(root)), ())]
    while folders:
        folder, parents = folders.pop()
        for entry, error in _scan_folder(folder.path):
            if entry is None:
                left_out.append(LeftOut("/".join(parents) or ".", error))
                tally.unreadable(parents)
                continue
            parts = (*parents, printable_name(entry.name.decode("utf-8", "surrogateescape")))
            try:
                found = find(entry, folder, follow=follow, layout=layout, depth=len(parts))
                if found.is_folder:
                    tally.folder(parts)
                    folders.append((found, parts))
                    continue
                file = _read_entry(found, layout, parts)
                files.append((file, found.linked))
                tally.file(parts, file.location)
            except (PhotoError, OSError) as reason:
                left_out.append(LeftOut("/".join(parts), reason_of(reason)))
                tally.file(parts, None)
    files.sort(key=lambda item: (item[0].location.id, item[0].path))
    again = repeated((f.location.id, f.location.person, f.path, linked) for f, linked in files)
    left_out += [
        LeftOut(id_, f"expected a photo of its own, got a link to the same file as {stays}")
        for id_, stays in again.items()
    ]
    left_out.sort(key=lambda out: (out.id, out.reason))
    kept = tuple(file for file, _ in files if file.location.id not in again)
    return Listing(kept, (*left_out, *tally.empty()))


def _scan_folder(folder: bytes) -> Iterator[tuple[os.DirEntry[bytes] | None, str]]:
    """Yield the entries of a folder; when it cannot be read on, None and the reason."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                yield entry, ""
    except OSError as error:
        yield None, reason_of(error)


def _read_entry(found: Found, layout: FolderLayout, parts: tuple[str, ...]) -> File:
    about = found.about
    if not stat.S_ISREG(about.st_mode):
        raise PhotoError(SPECIAL)
    location = layout.locate(parts)
    return File(location, found.path, about.st_size, (about.st_mtime_ns, about.st_ctime_ns))


def _suggest_folder(root: Path, layout: FolderLayout) -> str:
    """Return what to try instead of a folder without photos: most often one further down."""
    for child in sorted(path for path in root.iterdir() if path.is_dir()):
        if _walk(child, layout).files:
            return f"try {child}"
    return "try the folder that holds one folder a person"
