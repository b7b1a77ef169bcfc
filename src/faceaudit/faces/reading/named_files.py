"""Files that a list names, found below a folder and never outside it."""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
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
        self._starts = tuple({f"{path.absolute()}/", f"{self.path}/"})
        self._start = os.path.join(os.fsencode(self.path), b"")  # noqa: PTH118 - bytes
        self._folders: dict[bytes, bytes] = {}
        self._alike: dict[bytes, dict[str, list[str]]] = {}

    def find(self, name: str, person: str) -> File:
        """Return the file that a list calls `name`; each photo is a group of its own.

        An absolute name is one below the folder, if it is. Where no file has the name, a backslash
        stands for `/`, bytes that are no UTF-8 stand for Latin-1, and letter case is not looked at.

        Raises:
            PhotoError: the name has `..` in it, leads out of the folder, or fits several files.
            OSError: there is no such file.
        """
        below = self._below(name)
        try:
            return self._look_up(below, person)
        except (FileNotFoundError, NotADirectoryError):
            spelled = self._spell(self._below(plain_path(name)))
            if spelled is None:
                raise
        return self._look_up(spelled, person)

    def _below(self, name: str) -> str:
        """Return a name without the folder that it may begin with."""
        start = next((start for start in self._starts if name.startswith(start)), "")
        name = name[len(start) :]
        if name.startswith("/") or ".." in name.split("/"):
            raise PhotoError(_OUTSIDE)
        return name

    def _look_up(self, name: str, person: str) -> File:
        parts = _parts(name)
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

    def _spell(self, name: str) -> str | None:
        """Return a name as the folders spell it, letter case aside; None where there is none."""
        found: list[str] = []
        for part in _parts(name):
            folder = self._resolve_folder(os.fsencode("/".join(found)))
            if folder not in self._alike:
                self._alike[folder] = _names_alike(folder)
            names = self._alike[folder].get(_folded(part), [])
            if part in names:
                names = [part]
            if len(names) > 1:
                raise PhotoError("expected one file, got several whose names differ in letter case")
            if not names:
                return None
            found += names
        return "/".join(found)

    def _resolve_folder(self, folder: bytes) -> bytes:
        """Return where a folder really is, with a slash at its end."""
        real = self._folders.get(folder)
        if real is None:
            real = os.path.join(os.path.realpath(self._start + folder), b"")  # noqa: PTH118 - bytes
            self._folders[folder] = real
        if not real.startswith(self._start):
            raise PhotoError(_OUTSIDE)
        return real


def _parts(name: str) -> list[str]:
    return [part for part in name.split("/") if part not in ("", ".")]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _names_alike(folder: bytes) -> dict[str, list[str]]:
    """Return the names in a folder by what they are in small letters."""
    alike: dict[str, list[str]] = {}
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names alone
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            return {}
        raise
    for name in map(os.fsdecode, names):
        alike.setdefault(_folded(name), []).append(name)
    return alike


def plain_path(name: str) -> str:
    r"""Return a listed path with `/` between its folders, and read as Latin-1 if it is no UTF-8.

    >>> print(plain_path(r"Ann\1.jpg"))
    Ann/1.jpg
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        name = name.encode("utf-8", "surrogateescape").decode("latin-1")
    return name.replace("\\", "/")


def printable_path(name: str) -> str:
    """Return a listed path as ids spell it: printable, without `.` and doubled slashes."""
    start = "/" if name.startswith("/") else ""
    return start + "/".join(
        printable_name(part) for part in name.split("/") if part not in ("", ".")
    )


def at_least(listing: Listing, minimum: int, where: str, *, advice: str) -> Listing:
    """Leave out the people with fewer than `minimum` photos.

    Args:
        listing: photos that a list names.
        minimum: photos a person.
        where: the list, for errors.
        advice: what to try where no photo of the list is there.

    Raises:
        SourceError: nobody is left.
    """
    if not listing.files:
        raise SourceError(
            f"expected photos that are there in {where}, got {_none_of(listing, advice)}"
        )
    counts = Counter(file.location.person for file in listing.files)
    files = tuple(file for file in listing.files if counts[file.location.person] >= minimum)
    out = [
        too_few_photos(person, n, minimum) for person, n in sorted(counts.items()) if n < minimum
    ]
    if not files:
        raise SourceError(
            f"expected a person with at least {minimum} photos in {where}, got at most "
            f"{max(counts.values())}; try a smaller `minimum`"
        )
    return Listing(files, (*listing.left_out, *out))


def _none_of(listing: Listing, advice: str) -> str:
    if not listing.left_out:
        return "an empty list"
    first = listing.left_out[0]
    return (
        f"none of {len(listing.left_out):,}, the first being {first.id}: {first.reason}; {advice}"
    )
