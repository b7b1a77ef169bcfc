"""Photos out of a tar archive, streamed from front to back and never unpacked."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from faceaudit.errors import PhotoError, SourceError
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.reading.layout import (
    BYTES_LIMIT,
    LINK,
    SPECIAL,
    FolderLayout,
    FolderTally,
    PhotoFile,
    PhotoLocation,
    printable_name,
    refuse_heavy,
    too_few_photos,
)
from faceaudit.files.lines import refuse_special

_BLOCK = 512


@dataclass(frozen=True)
class Archive:
    """A `.tar` or `.tar.gz`, told apart by content.

    Attributes:
        path: the archive.
        root: the folder in it that holds one folder a person; it and what is above it are no part
            of an id.
        layout: how photos are filed in it.
        minimum: people with fewer photos are left out; above 1 the archive is read twice.
    """

    path: Path
    root: str
    layout: FolderLayout
    minimum: int = 1

    def photos(self) -> Iterator[PhotoFile | LeftOut]:
        """Yield every photo, and what is left out, in the archive's order.

        Raises:
            SourceError: the archive is no such file, broken or cut short.
        """
        if self.minimum == 1:
            yield from self._stream(None)
            return
        counted = (item for item in self._stream(None, read=False) if isinstance(item, PhotoFile))
        counts = Counter(photo.location.person for photo in counted)
        for person in sorted(counts):
            if counts[person] < self.minimum:
                yield too_few_photos(person, counts[person], self.minimum)
        yield from self._stream(counts)

    def _stream(
        self, counts: Counter[str] | None, *, read: bool = True
    ) -> Iterator[PhotoFile | LeftOut]:
        tally = FolderTally()
        with _open_archive(self.path) as (source, tar):
            while (member := _read_next_member(tar, self.path)) is not None:
                name = printable_name(member.name)
                parts = self._split_name(name)
                try:
                    _refuse_outside(member)
                    if member.isdir():
                        tally.folder(parts)
                        continue
                    location = self._locate_photo(member, parts)
                except PhotoError as reason:
                    tally.file(parts, None)
                    yield LeftOut("/".join(parts) or name, str(reason))
                    continue
                tally.file(parts, location)
                if counts is None or counts[location.person] >= self.minimum:
                    # The archive only goes forward: the bytes are had now or never.
                    data = _read_member(tar, member, self.path) if read else b""
                    yield PhotoFile(location, partial(_checked, member.size, data))
            yield from _check_rest(source, self.path)
        yield from tally.empty()

    def _split_name(self, name: str) -> tuple[str, ...]:
        """Return the parts of a member's name below the root."""
        parts = tuple(part for part in name.split("/") if part not in ("", "."))
        return parts[parts.index(self.root) + 1 :] if self.root in parts else parts

    def _locate_photo(self, member: tarfile.TarInfo, parts: tuple[str, ...]) -> PhotoLocation:
        if member.issym():
            raise PhotoError(LINK)
        if member.islnk():
            raise PhotoError("expected a file, got a hard link, which is not followed")
        if not member.isreg() or member.issparse():
            raise PhotoError(SPECIAL)
        return self.layout.locate(parts)


def _refuse_outside(member: tarfile.TarInfo) -> None:
    if member.name.startswith("/") or ".." in member.name.split("/"):
        raise PhotoError("expected a path inside the archive, got one that leads out of it")


def _checked(size: int, data: bytes) -> bytes:
    refuse_heavy(size)
    return data


class _Forward:
    """An archive's bytes, read forwards only and in pieces of bounded size.

    A header can state any size, below zero too, so that `tarfile` would read all memory full or go
    round in circles: nothing is read in one piece that no photo could fill, and nothing twice.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._position = 0
        self.block = b""

    def read(self, size: int) -> bytes:
        """Return `size` bytes, fewer at the end; the last is kept in `block`."""
        if not 0 <= size <= BYTES_LIMIT + _BLOCK:
            raise tarfile.ReadError(f"a header that states {size} bytes")
        self.block = self._file.read(size)
        self._position += len(self.block)
        return self.block

    def seek(self, position: int) -> int:
        """Go forward to `position`."""
        if position < self._position:
            raise tarfile.ReadError("a header that leads back")
        self._position = self._file.seek(position)
        return self._position

    def tell(self) -> int:
        """Return where the next byte is read."""
        return self._position


@contextmanager
def _open_archive(path: Path) -> Iterator[tuple[_Forward, tarfile.TarFile]]:
    refuse_special(path, SourceError)
    try:
        file: IO[bytes] = path.open("rb")
    except OSError as error:
        raise SourceError(f"expected an archive that can be read, got {path} ({error})") from None
    with file:
        zipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        source = _Forward(cast(IO[bytes], gzip.GzipFile(fileobj=file)) if zipped else file)
        with _whole(path):
            tar = tarfile.TarFile(fileobj=cast(IO[bytes], source), encoding="utf-8")
        yield source, tar


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Turn the standard library's errors about a broken archive into ours."""
    try:
        yield
    # A header with a broken number or name raises bare ValueErrors and LookupErrors.
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, LookupError) as error:
        raise SourceError(
            f"expected a whole .tar or .tar.gz archive, got {path}, which is broken or cut short "
            f"({error}); fetch it again"
        ) from None


def _read_next_member(tar: tarfile.TarFile, path: Path) -> tarfile.TarInfo | None:
    with _whole(path):
        member = tar.next()
    # tarfile remembers every member it has seen: 600,000 of them are half a gigabyte.
    cast(Any, tar).members.clear()
    return member


def _read_member(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> bytes:
    """Return a member's bytes; none when it is too large, which `_checked` then refuses."""
    if member.size > BYTES_LIMIT:
        return b""
    with _whole(path):
        file = tar.extractfile(member)
        data = file.read() if file else b""
        if len(data) != member.size:
            raise EOFError(f"{member.name!r} ends early")
    return data


def _check_rest(source: _Forward, path: Path) -> Iterator[LeftOut]:
    """Check that the archive ended where it said it would, and read to the end of the file.

    `tarfile` takes a broken header, and a file cut between two members, for the end as well.
    """
    with _whole(path):
        if source.block != bytes(_BLOCK):
            raise EOFError(f"no end mark at byte {source.tell()}")
        more = False
        # gzip checks its checksum only once the last byte is read.
        while piece := source.read(1024 * 1024):
            more = more or piece.count(0) != len(piece)
    if more:
        yield LeftOut(path.name, "expected nothing after the archive's end mark, got more")
