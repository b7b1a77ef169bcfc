"""How a photo on its way into a `FaceSet` is called, where its source keeps it, and its bytes."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from faceaudit.errors import PhotoError
from faceaudit.faces.sources.base import LeftOut

BYTES_LIMIT = 32 * 1024 * 1024
"""Bytes of the largest file that is read; larger ones are left out unread."""

LINK = "expected a file, got a symbolic link, which is not followed"
SPECIAL = "expected a file, got something else (a pipe, socket or device)"

# Characters that break a line, or reorder the text around them on a screen.
_UNSHOWABLE = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class PhotoLocation:
    """Where a file stands in a source.

    Attributes:
        id: its path in the source, as `spell` spells it.
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
        place: where it stands.
        read: returns its bytes; raises `PhotoError` or OSError when they cannot be had. Called
            at most once, from any thread.
    """

    place: PhotoLocation
    read: Callable[[], bytes]


@dataclass(frozen=True)
class FolderLayout:
    """How a source files its photos.

    Attributes:
        loose: photos may lie right in their person's folder.
        videos: photos may lie in a video's folder in their person's folder.
    """

    loose: bool
    videos: bool

    def __str__(self) -> str:
        kinds = ["<person>/<photo>"] * self.loose + ["<person>/<video>/<photo>"] * self.videos
        return " or ".join(kinds)

    def place(self, parts: tuple[str, ...]) -> PhotoLocation:
        """Return where the file with these spelled parts of its path stands.

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
    """Remembers folders, to name those in which nothing was found."""

    _folders: set[tuple[str, ...]] = field(default_factory=set)
    _filled: set[tuple[str, ...]] = field(default_factory=set)
    _people: set[str] = field(default_factory=set)

    def folder(self, parts: tuple[str, ...]) -> None:
        """Note a folder."""
        if parts:  # the root itself is nobody's folder
            self._folders.add(parts)
            self._filled.add(parts[:-1])

    def file(self, parts: tuple[str, ...], place: PhotoLocation | None) -> None:
        """Note a file, and its place when it may be a photo."""
        self._filled.add(parts[:-1])
        if place is not None:
            self._people.add(place.person)

    def unreadable(self, parts: tuple[str, ...]) -> None:
        """Note a folder of which nobody can tell what it holds."""
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

    >>> print(spell("a" + chr(10) + "b"), spell(b"Jos\xe9".decode("utf-8", "surrogateescape")))
    a\u000ab Jos\xe9
    """
    if name.isascii() and name.isprintable() and "\\" not in name:
        return name
    return "".join(_spelled(letter) for letter in unicodedata.normalize("NFC", name))


def _spelled(letter: str) -> str:
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
