"""Folders of cases and systems: written whole, and believed only as they were written.

The last file of a folder, `complete`, says which folder it is of, and of every other file the size
and the sha256. What differs, is missing or was put beside them is damage, and nothing of a damaged
folder is read.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faceaudit.cleaning import clean
from faceaudit.errors import StoreError
from faceaudit.files.atomic import exchange, make_private, sync_folder
from faceaudit.files.unreadable import how_to_read
from faceaudit.store.files import StoreFiles, part_name
from faceaudit.store.manifest import (
    COMPLETE,
    Damage,
    compare_sizes,
    describe,
    dump_manifest,
    read_manifest,
)
from faceaudit.store.snapshots import Snapshot, snapshot

KINDS = ("cases", "systems")
DAMAGED = "damaged"
"""Where damaged folders are set aside."""

_MOST = 1 << 22
"""Bytes of `complete` at most: 20,000 files."""
_TRIES = 20
"""How often a folder is read again that others replace meanwhile."""

_sound: dict[str, str] = {}
"""The state in which this process found a folder sound, by its place: digests take a while."""


@dataclass(frozen=True)
class SetAside:
    """A folder that was set aside.

    Attributes:
        damages: what is wrong with it.
        where: its path in the store now.
    """

    damages: tuple[Damage, ...]
    where: str

    def __str__(self) -> str:
        first, *more = self.damages
        others = f", and {len(more):,} more" if more else ""
        return f"{first}{others}; set aside in {clean(self.where)}"


@dataclass(frozen=True)
class Found:
    """What there is of a folder.

    Attributes:
        damages: what is wrong with it; then nothing of it is read.
        contents: bytes by the name of the file, of those that were asked for.
        names: of all its files.
    """

    damages: tuple[Damage, ...] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict)
    names: frozenset[str] = frozenset()


def no_file(_name: str) -> bool:
    """Return False: no file is to be read, all are to be checked."""
    return False


class Folders:
    """The folders of a store.

    Args:
        files: the store's.
    """

    def __init__(self, files: StoreFiles) -> None:
        self._files = files

    def read(
        self, folder: str, wanted: Callable[[str], bool] = no_file, *, again: bool = False
    ) -> Found | None:
        """Check a folder, and return what is in the files that are wanted of it.

        All files are held against their digests once in a process, and again when a file looks
        other than then; those that are read are whenever they are.

        Args:
            folder: its path in the store.
            wanted: whether a file of this name is read.
            again: hold all files against their digests, whatever this process knows.

        Returns:
            None when there is no such folder. One of another machine without `complete` is a write
            that goes on or was cut short, and there as little.

        Raises:
            StoreError: the store is on another machine that cannot be reached, or its files may be
                sound and cannot be read, as by a user who may not.
        """
        if again:
            _sound.pop(self._files.path(folder), None)
        for _ in range(_TRIES):
            try:
                with snapshot(self._files, folder) as seen:
                    if not self._files.local and COMPLETE not in seen.sizes:
                        return None
                    found = self._examine(seen, folder, wanted)
                    if found.damages and seen.replaced():
                        continue
                    return found
            except FileNotFoundError:  # there is none, or it was replaced while it was listed
                if not (self._files.local and self._files.exists(folder)):
                    return None
            except OSError as error:
                return Found((self._unread(folder, error),))
        return Found((Damage(folder, "is written again and again"),))

    def _examine(self, seen: Snapshot, folder: str, wanted: Callable[[str], bool]) -> Found:
        listed = self._listed(seen, folder)
        if isinstance(listed, Damage):
            return Found((listed,))
        damages = list(compare_sizes(seen.sizes, folder, listed))
        if damages:
            return Found(tuple(damages))
        place = self._files.path(folder)
        known = _sound.get(place) == seen.state
        contents: dict[str, bytes] = {}
        for name, about in listed.items():
            read = wanted(name)
            if known and not read:
                continue
            hashed, chunks = hashlib.sha256(), []
            try:
                for chunk in seen.chunks(name):
                    hashed.update(chunk)
                    if read:
                        chunks.append(chunk)
            except OSError as error:
                damages.append(self._unread(f"{folder}/{name}", error))
                continue
            if hashed.hexdigest() != about["sha256"]:
                damages.append(Damage(f"{folder}/{name}", "is not what was written (its sha256)"))
            elif read:
                contents[name] = b"".join(chunks)
        if damages:
            _sound.pop(place, None)
            return Found(tuple(damages))
        if seen.settled:
            _sound[place] = seen.state
        return Found(contents=contents, names=frozenset(listed))

    def _unread(self, file: str, error: OSError) -> Damage:
        """Return what is wrong with a file that cannot be read.

        Raises:
            StoreError: nothing is: this process or its machine is short of something, or its user
                may not read it.
        """
        remedy = how_to_read(error)
        if remedy is not None:
            raise StoreError(
                f"expected a store that can be read, got {error.strerror} at {file} in "
                f"{self._files.url!r}; {remedy} and try again: what is kept stays"
            )
        return Damage(file, f"cannot be read ({error.strerror})")

    def _listed(self, seen: Snapshot, folder: str) -> dict[str, dict[str, Any]] | Damage:
        """Return sizes and digests as `complete` has them."""
        file = f"{folder}/{COMPLETE}"
        size = seen.sizes.get(COMPLETE)
        if size is None or not 0 <= size <= _MOST:
            return Damage(file, "is missing" if size is None else "is no list of files")
        try:
            content = b"".join(seen.chunks(COMPLETE))
        except OSError as error:
            return self._unread(file, error)
        return read_manifest(content, folder)

    def glance(
        self, sizes: Mapping[str, Mapping[str, int]], wanted: Callable[[str], bool]
    ) -> dict[str, Found]:
        """Read small files of many folders without looking into their others.

        What is read is held against its digest, all else against its size alone; `read` looks at
        everything. Folders of another machine are asked for many at once.

        Args:
            sizes: bytes of each file by its name, by the path of its folder.
            wanted: whether a file of this name is read.

        Returns:
            What there is of each folder by its path; one that is gone is left out.

        Raises:
            StoreError: the store is on another machine that cannot be reached, or may not be read.
        """
        small = {
            folder: [name for name, size in files.items() if wanted(name) and size <= _MOST]
            for folder, files in sizes.items()
            if 0 <= files.get(COMPLETE, -1) <= _MOST
        }
        names = [f"{folder}/{one}" for folder, few in small.items() for one in (*few, COMPLETE)]
        got = self._files.get_all(names)
        return {
            folder: _glanced(folder, sizes[folder], few, got)
            for folder, few in small.items()
            if f"{folder}/{COMPLETE}" in got
        }

    def write(self, folder: str, contents: Mapping[str, bytes]) -> None:
        """Write a folder, in place of one that is there.

        On this machine a kill or a power cut at any moment leaves the one before or the new one,
        and so it is for who reads meanwhile; where its file system cannot exchange two folders,
        there is a moment without either. On others, `complete` goes first and comes last.

        Raises:
            StoreError: it cannot be written.
        """
        about = {name: describe(content) for name, content in contents.items()}
        whole = {**contents, COMPLETE: dump_manifest(folder, about)}
        if self._files.local:
            try:
                self._write_aside(folder, whole)
            except (OSError, ValueError) as error:
                raise self._files.unwritable(error) from None
        else:
            self._files.remove(folder)
            for name, content in whole.items():
                self._files.put(f"{folder}/{name}", content)

    def _write_aside(self, folder: str, contents: Mapping[str, bytes]) -> None:
        place = Path(self._files.path(folder))
        make_private(place.parent)
        written = False
        while not written:
            part = place.with_name(part_name(f".{place.name}"))
            part.mkdir(mode=0o700)
            try:
                with suppress(_Swept), _held(part, wait=True):
                    if not part.is_dir():
                        raise _Swept
                    _write_files(part, contents)
                    _put(part, place)
                    written = True
            finally:
                with suppress(OSError):  # it goes with the next run
                    _remove(part)  # what failed, or what was there before

    def set_aside(self, folder: str) -> str:
        """Put a folder among the damaged ones; return where it is then.

        Raises:
            StoreError: it cannot be moved.
        """
        number = 1
        while self._files.exists(aside := f"{DAMAGED}/{folder.replace('/', '-')}-{number}"):
            number += 1
        before, after = self._files.path(folder), self._files.path(aside)
        try:
            if self._files.local:
                make_private(Path(after).parent)
                Path(before).rename(after)
                sync_folder(Path(before).parent)
                sync_folder(Path(after).parent)
            else:
                self._files.fresh()
                for path in self._files.system.find(before):  # `mv` asks S3 for the folder as well
                    self._files.system.cp_file(path, f"{after}{path[len(before) :]}")
                self._files.system.rm(before, recursive=True)
        except Exception as error:  # noqa: BLE001 - of file systems of all kinds
            raise self._files.unwritable(error) from None
        return aside

    def remove(self, folder: str) -> None:
        """Remove a folder, or a link in its place: not what that leads to.

        Raises:
            StoreError: it cannot be removed.
        """
        place = Path(self._files.path(folder))
        _sound.pop(self._files.path(folder), None)
        if not self._files.local:
            self._files.remove(f"{folder}/{COMPLETE}")
            self._files.remove(folder)
            return
        try:
            if place.parent.is_symlink():
                raise StoreError(
                    f"expected a folder of the store's own, got a link, {str(place.parent)!r}; "
                    "what is elsewhere may be no store's"
                )
            part = place.with_name(part_name(f".{place.name}"))
            with suppress(FileNotFoundError):
                place.rename(part)
                _remove(part)
        except OSError as error:
            raise self._files.unwritable(error) from None

    def sweep(self) -> None:
        """Remove what killed processes of this machine left half written."""
        for within in ("", *KINDS):
            for name in self._files.unfinished(within):
                path = Path(self._files.path(name))
                with suppress(OSError, _Swept), _held(path) as mine:
                    if mine:
                        _remove(path)


class _Swept(Exception):  # noqa: N818 - of no error
    """Another process took a folder for one that is left before it was held."""


@contextmanager
def _held(path: Path, *, wait: bool = False) -> Iterator[bool]:
    """Hold a file or folder as who writes it does, or tell that it is not to be had.

    Raises:
        _Swept: it is not there any more.
    """
    if path.is_symlink():
        yield True
        return
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _Swept from None
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            mine = True
        except OSError:  # held, or no file system with locks
            mine = False
        yield mine
    finally:
        os.close(number)


def _remove(path: Path) -> None:
    """Remove a folder with all in it, or whatever stands in its place; there may be none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _put(part: Path, place: Path) -> None:
    """Let a folder take its place, which is never without one; what was there is then at `part`."""
    try:
        part.rename(place)
    except OSError:
        if not os.path.lexists(place):
            raise
        if not exchange(part, place):
            before = part.with_name(part_name(f".{place.name}"))
            place.rename(before)
            part.rename(place)
            before.rename(part)
    sync_folder(place.parent)


def _write_files(part: Path, contents: Mapping[str, bytes]) -> None:
    """Write files, `complete` once the others are on the disk."""
    folders = dict.fromkeys([part, *((part / name).parent for name in contents)])
    for last in (False, True):
        for name, content in contents.items():
            if (name == COMPLETE) is last:
                make_private((part / name).parent)
                number = os.open(part / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                with os.fdopen(number, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(number)
        for one in folders:
            sync_folder(one)


def _glanced(
    folder: str, sizes: Mapping[str, int], few: Iterable[str], got: Mapping[str, bytes]
) -> Found:
    """Return what `Folders.glance` does of one folder."""
    listed = read_manifest(got[f"{folder}/{COMPLETE}"], folder)
    if isinstance(listed, Damage):
        return Found((listed,))
    damages = list(compare_sizes(sizes, folder, listed))
    contents = {name: got.get(f"{folder}/{name}", b"") for name in few if name in listed}
    damages += [
        Damage(f"{folder}/{name}", "is not what was written (its sha256)")
        for name, content in contents.items()
        if hashlib.sha256(content).hexdigest() != listed[name]["sha256"]
    ]
    if damages:
        return Found(tuple(damages))
    return Found(contents=contents, names=frozenset(listed))
