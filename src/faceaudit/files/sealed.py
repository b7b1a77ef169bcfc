"""Folders of files that are believed only as they were sealed: each by its size and its sha256.

<folder>/complete     what the folder is of, and the size and the sha256 of its files; written last

Digests of large files take a while, so a process checks a folder once, and again only when its
files look other than then.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from faceaudit.files.atomic import sync_folder, write_atomically
from faceaudit.files.digests import sha256_of

SEAL = "complete"
"""The file of a folder that says what the others are."""

_MOST = 1 << 20
"""Bytes of a seal at most: it names a handful of files."""

_SETTLES = 2_000_000_000
"""Nanoseconds after which a file system's clock tells two writes of one file apart."""

_Looks = tuple[tuple[int, int, int, int, int], ...]
_sound: dict[Path, _Looks] = {}
"""How the files of a folder looked when this process found or made them sound."""


def open_private(path: Path) -> BinaryIO:
    """Return a new file to write to that only its user may read (mode 0600); one there is emptied.

    Raises:
        OSError: it cannot be written.
    """
    flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def append_private(path: Path) -> BinaryIO:
    """Return a file to append to; one that is made now may be read by its user only (mode 0600).

    Raises:
        OSError: it cannot be written.
    """
    flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY
    return os.fdopen(os.open(path, flags, 0o600), "ab")


def remove(path: Path) -> None:
    """Remove a folder with all in it, or a file that stands in its place; there may be none.

    Raises:
        OSError: it cannot be removed.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def remove_parts(path: Path) -> None:
    """Remove what killed writers of a file left beside it; for whoever alone may write it now.

    Raises:
        OSError: it cannot be removed.
    """
    for part in path.parent.glob(f"{glob.escape(path.name)}.*.part"):
        part.unlink(missing_ok=True)


def put_sealed(part: Path, folder: Path, names: Sequence[str]) -> None:
    """Give a folder whose files are written its place, sealed and on the disk; nothing is there.

    A kill or a power cut at any moment leaves no folder there, or a whole one.

    Args:
        part: the folder so far, on the same file system.
        folder: its place, which it is sealed for: elsewhere it is not believed.
        names: of its files.

    Raises:
        OSError: something cannot be written.
    """
    files = {}
    for name in names:
        with (part / name).open("rb") as file:
            os.fsync(file.fileno())
        files[name] = {"size": (part / name).stat().st_size, "sha256": sha256_of(part / name)}
    write_atomically(part / SEAL, json.dumps({"of": folder.name, "files": files}))
    part.rename(folder)
    sync_folder(folder.parent)
    _sound[folder.absolute()] = _looks(folder, names)


def check_sealed(folder: Path, names: Sequence[str]) -> None:
    """Check that a folder's files are what was sealed; once in a process unless they look other.

    Args:
        folder: where it was put.
        names: of the files that it has to have.

    Raises:
        OSError: one of them cannot be read.
        ValueError: it differs, or the folder is none that was sealed for this place.
    """
    looks = _looks(folder, names)
    if _sound.get(folder.absolute()) == looks:
        return
    files = _read_seal(folder, names)
    for name, look in zip(names, looks, strict=False):
        if files[name].get("size") != look[2]:
            raise ValueError(
                f"expected {files[name].get('size')!r:.20} bytes in {name}, got {look[2]}"
            )
    for name in names:
        if files[name].get("sha256") != sha256_of(folder / name):
            raise ValueError(f"expected {name} as it was written, got another")
    if max(look[4] for look in looks) < time.time_ns() - _SETTLES:
        _sound[folder.absolute()] = looks


def is_sealed(folder: Path) -> bool:
    """Return whether a folder is there and was finished; what is in it is not looked at."""
    return (folder / SEAL).is_file()


def _read_seal(folder: Path, names: Sequence[str]) -> dict[str, dict[str, object]]:
    with (folder / SEAL).open("rb") as file:
        text = file.read(_MOST)
    try:
        seal = json.loads(text)
    except (ValueError, RecursionError):
        seal = None
    files = seal.get("files") if isinstance(seal, dict) else None
    if not isinstance(files, dict) or not all(isinstance(files.get(n), dict) for n in names):
        raise ValueError(f"expected sizes and digests in {SEAL}, got none")
    if seal.get("of") != folder.name:
        raise ValueError(
            f"expected the folder that was made here, got one of {seal.get('of')!r:.99}"
        )
    return files


def _looks(folder: Path, names: Sequence[str]) -> _Looks:
    """Return what tells that files were touched: of each its place, size and both times."""
    return tuple(
        (at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns)
        for at in ((folder / name).stat() for name in (*names, SEAL))
    )
