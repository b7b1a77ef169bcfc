"""Photo files of a source: ids, folder layouts, safe names, and their bytes."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from faceaudit.errors import PhotoError
from faceaudit.faces.loaded import LeftOut

BYTES_LIMIT = 32 * 1024 * 1024
"""Bytes of the largest file that is read; larger ones are left out unread."""

LINK = "expected a file, got a symbolic link, which is not followed"
SPECIAL = "expected a file, got something else (a pipe, socket or device)"

# Characters that break a line, or reorder the text around them on a screen.
_UNSHOWABLE = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class PhotoLocation:
    """The id of a photo file in its source, and whom it shows.

    Attributes:
        id: its path in the source, as `printable_name` spells it.
        person: the person it is filed under.
        group: the video it is from, or its own id when no video is known.
    """

    id: str
    person: str
    group: str


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A file that should be a photo.

    Attributes:
        location: its id, person and group.
        read: returns its bytes; raises `PhotoError` or OSError when they cannot be had. Called
            at most once, from any thread.
        size: how many bytes it has, or None where only reading would tell.
    """

    location: PhotoLocation
    read: Callable[[], bytes]
    size: int | None = None


@dataclass(frozen=True)
class FolderLayout:
    """The folders in which a source files its photos.

    Attributes:
        loose: photos may lie right in their person's folder.
        videos: photos may lie in a video's folder in their person's folder.
    """

    loose: bool
    videos: bool

    def __str__(self) -> str:
        kinds = ["<person>/<photo>"] * self.loose + ["<person>/<video>/<photo>"] * self.videos
        return " or ".join(kinds)

    def locate(self, parts: tuple[str, ...]) -> PhotoLocation:
        """Return the location of the file with these printable parts of its path.

        Raises:
            PhotoError: no photo belongs there.
        """
        name = "/".join(parts)
        if any(part.startswith(".") for part in parts):
            raise PhotoError(f"expected {self}, got a hidden file")
        if len(parts) == 3 and self.videos:
            return PhotoLocation(name, parts[0], f"{parts[0]}/{parts[1]}")
        if len(parts) == 2 and self.loose:
            return PhotoLocation(name, parts[0], name)
        where = {1: "in no person's folder", 2: "in no video's folder"}
        raise PhotoError(f"expected {self}, got a file {where.get(len(parts), 'nested deeper')}")


@dataclass
class FolderTally:
    """Counts files by folder, to name the folders in which nothing was found."""

    _folders: set[tuple[str, ...]] = field(default_factory=set)
    _filled: set[tuple[str, ...]] = field(default_factory=set)
    _people: set[str] = field(default_factory=set)

    def folder(self, parts: tuple[str, ...]) -> None:
        """Note a folder."""
        if parts:  # the root itself is nobody's folder
            self._folders.add(parts)
            self._filled.add(parts[:-1])

    def file(self, parts: tuple[str, ...], location: PhotoLocation | None) -> None:
        """Note a file, and its location when it may be a photo."""
        self._filled.add(parts[:-1])
        if location is not None:
            self._people.add(location.person)

    def unreadable(self, parts: tuple[str, ...]) -> None:
        """Note a folder whose content cannot be listed."""
        self._filled.add(parts)

    def empty(self) -> Iterator[LeftOut]:
        """Yield the folders that hold nothing, and the people without a single photo."""
        for parts in sorted(self._folders):
            if parts not in self._filled:
                yield LeftOut("/".join(parts), "expected photos, got an empty folder")
            elif len(parts) == 1 and parts[0] not in self._people:
                yield LeftOut(parts[0], "expected at least one photo of the person, got none")


def printable_name(name: str) -> str:
    r"""Return a file's name so that it can be shown, sorted and written as UTF-8 anywhere.

    Accents are composed (NFC), since some systems take them apart and others do not. A byte that
    is no UTF-8 becomes ``\xNN``; a control character, or one that turns the direction of the text
    around, ``\uNNNN``; a backslash is doubled, so that no two names become one that way.

    >>> print(printable_name("a" + chr(10) + "b"))
    a\u000ab
    >>> print(printable_name(b"Jos\xe9".decode("utf-8", "surrogateescape")))
    Jos\xe9
    """
    if name.isascii() and name.isprintable() and "\\" not in name:
        return name
    return "".join(_escape_letter(letter) for letter in unicodedata.normalize("NFC", name))


def _escape_letter(letter: str) -> str:
    if letter == "\\":
        return "\\\\"
    if "\udc80" <= letter <= "\udcff":  # how Python keeps a byte that it could not decode
        return f"\\x{ord(letter) - 0xDC00:02x}"
    if letter in _UNSHOWABLE or unicodedata.category(letter) in ("Cc", "Cs"):
        return f"\\u{ord(letter):04x}"
    return letter


def refuse_heavy(size: int) -> None:
    """Raise `PhotoError` when a file of `size` bytes is too large to be read."""
    if size > BYTES_LIMIT:
        raise PhotoError(f"expected a file of at most {BYTES_LIMIT:,} bytes, got {size:,}")


def read_file(path: bytes, size: int) -> bytes:
    """Return the bytes of the file at `path`, which had `size` bytes when it was listed.

    Raises:
        PhotoError: the file is too large, or no longer of that size.
        OSError: it cannot be read.
    """
    refuse_heavy(size)
    # Should a link or a pipe have taken its place since: neither follow the one nor wait for the
    # other.
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        data = file.read(size + 1)
    if len(data) != size:
        raise PhotoError(f"expected a file of {size:,} bytes as listed, got one that has changed")
    return data


def too_few_photos(person: str, count: int, minimum: int) -> LeftOut:
    """Return the line for a person with fewer photos than asked for."""
    return LeftOut(person, f"expected at least {minimum} photos of the person, got {count}")


def reason_of(error: PhotoError | OSError) -> str:
    """Return why a file is left out, without the machine's paths that an OSError carries."""
    if isinstance(error, OSError):
        return f"expected what can be read, got: {error.strerror or type(error).__name__}"
    return str(error)
