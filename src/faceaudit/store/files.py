"""The files of a store, in a folder of this machine or on any file system that fsspec knows."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import StoreError
from faceaudit.files.atomic import make_private, write_atomically

if TYPE_CHECKING:
    import fsspec
else:
    fsspec = deferred("fsspec")

_PART = re.compile(r".*\.(\d+)\.[0-9a-f]{8}\.part", re.DOTALL)
"""What a file or folder is called while the process of that number writes it."""


_CHANGED = ("LastModified", "mtime", "updated", "last_modified", "created")
"""What file systems call the time at which a file was last written."""
_AT_ONCE = 200
"""Files of another machine that are asked for at once."""


@dataclass(frozen=True)
class Listed:
    """What is known of a file without reading it.

    Attributes:
        size: bytes.
        changed: when it was written; None where the file system does not say.
    """

    size: int
    changed: datetime | None


class StoreFiles:
    """Files under one URL: written whole and for their user alone where that is a folder.

    Args:
        url: a folder, or any URL that fsspec knows.

    Attributes:
        url: as it was given.
        system: its file system.
        root: its path there.
        local: whether it is a folder of this machine.

    Raises:
        StoreError: it is neither, or a package that such a URL needs is missing.
    """

    def __init__(self, url: str | os.PathLike[str]) -> None:
        try:
            self.url = os.fspath(url)
            if "::" in self.url and "://" not in self.url:
                raise ValueError("'::' is for chained URLs; rename the folder")
            self.system, root = fsspec.core.url_to_fs(self.url)
        except (ImportError, TypeError, ValueError) as error:
            raise StoreError(f"expected a folder or an fsspec URL, got {url!r}: {error}") from error
        self.root = str(root)
        self.local = "file" in np.atleast_1d(self.system.protocol)

    def overlaps(self, other: StoreFiles) -> bool:
        """Return whether two places are the same one, or one lies in the other."""
        if self.local != other.local:
            return False
        if self.local:
            one, two = Path(self.root).resolve(), Path(other.root).resolve()
            return one == two or one in two.parents or two in one.parents
        if (type(self.system), self.system.storage_options) != (
            type(other.system),
            other.system.storage_options,
        ):
            return False
        here, there = f"{self.root.rstrip('/')}/", f"{other.root.rstrip('/')}/"
        return here.startswith(there) or there.startswith(here)

    def path(self, name: str) -> str:
        """Return the path of a file or folder on the file system."""
        return f"{self.root}/{name}"

    @contextmanager
    def reached(self, doing: str = "read") -> Iterator[None]:
        """Say in one line what a file system could not do; what is missing stays that error.

        Raises:
            FileNotFoundError: a file is missing.
            FileExistsError: a file is there already.
            StoreError: it could not; packages of other file systems have errors of all kinds.
        """
        try:
            yield
        except (StoreError, FileNotFoundError, FileExistsError):
            raise
        except Exception as error:  # noqa: BLE001 - as said above
            if doing == "written":
                raise self.unwritable(error) from None
            told = error if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
            raise StoreError(
                f"expected a store that can be {doing}, got {self.url!r} ({told}); see to it and "
                "try again"
            ) from None

    def unwritable(self, error: Exception) -> StoreError:
        """Return what says that the store cannot be written."""
        return StoreError(
            f"expected a store that can be written, got {self.url!r} ({error}); make room or give "
            "another folder: what is kept stays"
        )

    def exists(self, name: str) -> bool:
        """Return whether a file or folder is there."""
        with self.reached():
            if self.local:
                return os.path.lexists(self.path(name))
            self.fresh()
            return bool(self.system.exists(self.path(name)))

    def names(self, folder: str) -> list[str]:
        """Return the sorted names in a folder, but for those of unfinished writes."""
        return [name for name in self._all_names(folder) if not _PART.fullmatch(name)]

    def _all_names(self, folder: str) -> list[str]:
        with self.reached():
            try:
                if self.local and folder and Path(self.path(folder)).is_symlink():
                    raise StoreError(
                        f"expected a folder of the store's own, got a link, "
                        f"{self.path(folder)!r}; put the folder itself there: what is elsewhere "
                        "may be no store's"
                    )
                if self.local:
                    return sorted(os.listdir(self.path(folder)))  # noqa: PTH208 - a text
                self.fresh()
                paths = self.system.ls(self.path(folder), detail=False)
            except (FileNotFoundError, NotADirectoryError):
                return []
        return sorted(str(path).rstrip("/").rsplit("/", 1)[-1] for path in paths)

    def get(self, name: str) -> bytes:
        """Return what is in a file.

        Raises:
            FileNotFoundError: there is none.
        """
        with self.reached():
            return bytes(self.system.cat_file(self.path(name)))

    def get_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return what is in files, many at once on another machine; those that are gone are not.

        Links are no files of the store's own, and left out as well.
        """
        wanted = list(names)
        if self.local:
            found = {}
            for name in wanted:
                if not Path(self.path(name)).is_symlink():
                    with suppress(FileNotFoundError, NotADirectoryError):
                        found[name] = self.get(name)
            return found
        contents: dict[str, bytes] = {}
        with self.reached():
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                paths = [self.path(name) for name in some]
                # `cat` would ask for each file twice: it looks first whether it is a folder
                got = self.system.cat_ranges(paths, None, None, on_error="return")
                for name, content in zip(some, got, strict=True):
                    if isinstance(content, FileNotFoundError):
                        continue
                    if isinstance(content, Exception):
                        raise content
                    contents[name] = bytes(content)
        return contents

    def survey(self) -> dict[str, Listed]:
        """Return all files by their paths in the store, none of them read; no link is followed.

        On another machine that is one request, or one for each thousand files.
        """
        with self.reached():
            if self.local:
                return dict(self._walk(""))
            self.fresh()
            try:
                found = self.system.find(self.root, detail=True)
            except FileNotFoundError:
                return {}
        start = len(self.root) + 1
        return {
            str(path)[start:]: Listed(int(look.get("size") or 0), _changed(look))
            for path, look in found.items()
        }

    def _walk(self, folder: str) -> Iterator[tuple[str, Listed]]:
        try:
            with os.scandir(self.path(folder) if folder else self.root) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in found:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(name)
                continue
            with suppress(FileNotFoundError):
                look = entry.stat(follow_symlinks=False)
                yield name, Listed(look.st_size, datetime.fromtimestamp(look.st_mtime, UTC))

    def put(self, name: str, content: bytes) -> None:
        """Write a file; in a folder of this machine it is there whole or not at all.

        Raises:
            StoreError: it cannot be written.
        """
        path = self.path(name)
        try:
            if self.local:
                make_private(Path(path).parent)
                write_atomically(Path(path), content)
                return
            self.system.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            with self.system.open(path, "wb") as file:
                file.write(content)
        except Exception as error:  # noqa: BLE001 - of file systems of all kinds
            raise self.unwritable(error) from None

    def remove(self, name: str) -> None:
        """Remove a file, or a folder with all in it; there may be none."""
        with self.reached("written"), suppress(FileNotFoundError):
            self.system.rm(self.path(name), recursive=True)

    def fresh(self) -> None:
        """Forget what was listed of another machine: others write there, too."""
        if not self.local:
            self.system.invalidate_cache()

    def unfinished(self, folder: str) -> Iterator[str]:
        """Yield what processes of this machine left unfinished in a folder: they are no more."""
        for name in self._all_names(folder) if self.local else ():
            found = _PART.fullmatch(name)
            if found and not _lives(int(found[1])):
                yield f"{folder}/{name}" if folder else name


def is_part(name: str) -> bool:
    """Return whether a path in a store is of a write that goes on or was cut short."""
    return any(_PART.fullmatch(part) for part in name.split("/"))


def _changed(look: Mapping[str, Any]) -> datetime | None:
    """Return when a file was last written, as a file system of another machine says it."""
    for key in _CHANGED:
        value = look.get(key)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
    return None


def part_name(name: str) -> str:
    """Return what a file or folder is called while this process writes it."""
    return f"{name}.{os.getpid()}.{secrets.token_hex(4)}.part"


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def plain(value: Any) -> bool:
    """Return whether a value is a plain name: one that leads nowhere else as a file's."""
    return isinstance(value, str) and re.fullmatch(r"[\w-]{1,100}", value) is not None
