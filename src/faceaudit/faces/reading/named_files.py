"""Files that a list names, found below a folder and never outside it."""

from __future__ import annotations

import os
import stat
from collections import Counter
from pathlib import Path

from faceaudit.errors import PhotoError, SourceError
from faceaudit.faces.reading.layout import SPECIAL, PhotoLocation, printable_name, too_few_photos
from faceaudit.faces.reading.listing import File, Listing

_OUTSIDE = "expected a path below the folder of photos, got one that leads out of it"


class PhotoRoot:
    """A folder in which files are looked up by name.

    Links are followed as long as they stay in it.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise SourceError(f"expected the folder of photos, got {path}, which is none")
        self.path = path.resolve()
        self._start = os.path.join(os.fsencode(self.path), b"")  # noqa: PTH118 - bytes
        self._folders: dict[bytes, bytes] = {}

    def find(self, name: str, person: str) -> File:
        """Return the file that a list calls `name`; each photo is a group of its own.

        Raises:
            PhotoError: the name is absolute, has `..` in it, or leads out through a link.
            OSError: there is no such file.
        """
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if name.startswith("/") or ".." in parts:
            raise PhotoError(_OUTSIDE)
        if not parts or "\0" in name:
            raise PhotoError("expected a file's name, got none")
        path = self._resolve_folder(os.fsencode("/".join(parts[:-1]))) + os.fsencode(parts[-1])
        about = os.lstat(path)
        if stat.S_ISLNK(about.st_mode):
            path = os.path.realpath(path)
            if not path.startswith(self._start):
                raise PhotoError(_OUTSIDE)
            about = os.lstat(path)
        if not stat.S_ISREG(about.st_mode):
            raise PhotoError(SPECIAL)
        id_ = printable_path(name)
        changed = (about.st_mtime_ns, about.st_ctime_ns)
        return File(PhotoLocation(id_, person, id_), path, about.st_size, changed)

    def _resolve_folder(self, folder: bytes) -> bytes:
        """Return where a folder really is, with a slash at its end."""
        real = self._folders.get(folder)
        if real is None:
            real = os.path.join(os.path.realpath(self._start + folder), b"")  # noqa: PTH118 - bytes
            self._folders[folder] = real
        if not real.startswith(self._start):
            raise PhotoError(_OUTSIDE)
        return real


def printable_path(name: str) -> str:
    """Return a listed path as ids spell it: printable, without `.` and doubled slashes."""
    start = "/" if name.startswith("/") else ""
    return start + "/".join(
        printable_name(part) for part in name.split("/") if part not in ("", ".")
    )


def at_least(listing: Listing, minimum: int, where: str) -> Listing:
    """Leave out the people with fewer than `minimum` photos.

    Raises:
        SourceError: nobody is left.
    """
    counts = Counter(file.location.person for file in listing.files)
    files = tuple(file for file in listing.files if counts[file.location.person] >= minimum)
    out = [
        too_few_photos(person, n, minimum) for person, n in sorted(counts.items()) if n < minimum
    ]
    if not files:
        raise SourceError(
            f"expected a person with at least {minimum} photos in {where}, got at most "
            f"{max(counts.values(), default=0)}"
            + (
                f" and {len(listing.left_out)} lines left out, the first being "
                f"{listing.left_out[0].id}: {listing.left_out[0].reason}"
                if listing.left_out
                else ""
            )
            + "; try a smaller `minimum`"
        )
    return Listing(files, (*listing.left_out, *out))
