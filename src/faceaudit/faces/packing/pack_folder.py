"""Folders of packed photos: made by one process at a time, and there only once they are whole."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from faceaudit.errors import SourceError
from faceaudit.files.atomic import make_private
from faceaudit.files.lock import alone
from faceaudit.files.sealed import remove
from faceaudit.files.unreadable import how_to_read
from faceaudit.progress import Progress
from faceaudit.types import ImageArray

IMAGES = "images.u8"
"""The file of a pack with the pixels, one row a photo."""

DAMAGED = (OSError, ValueError, LookupError, TypeError, zipfile.BadZipFile)
"""Python's errors when a pack that is read is damaged, or not there."""


T = TypeVar("T")


def open_or_make(
    folder: Path,
    read: Callable[[Path], T],
    make: Callable[[Path], None],
    *,
    title: str,
    progress: Progress,
    advice: str = "",
) -> T:
    """Read a folder of packed photos, made now when it is not there.

    A lock beside the folder is held meanwhile, so that two processes do not make it at once.

    Args:
        folder: in the cache; damaged ones are thrown away and made again.
        read: reads the folder; raises one of Python's own errors when it is damaged.
        make: makes the folder, sealed, once all of it is on the disk.
        title: of the work, for people to read.
        progress: told when a folder is made again.
        advice: end of the message when the cache cannot be written.

    Raises:
        SourceError: the cache cannot be written.
    """
    try:
        make_private(folder.parent)
        with alone(lock_of(folder)):
            if folder.exists():
                try:
                    found = read(folder)
                except DAMAGED as error:
                    if how_to_read(error) is not None:
                        raise  # the pack may be whole, and its photos gone
                    progress.note(f"{title} again: {folder} is damaged ({error})")
                    remove(folder)
                else:
                    remove(partial_folder(folder))  # of a process that was killed at its very end
                    return found
            make(folder)
            return read(folder)
    except OSError as error:
        raise SourceError(
            f"expected a cache folder that can be written and has room, got {error}; free some "
            f"or give another folder{advice}"
        ) from error


def lock_of(folder: Path) -> Path:
    """Return the file that whoever makes or removes a pack holds meanwhile."""
    return folder.with_name(f"{folder.name}.lock")


def partial_folder(folder: Path) -> Path:
    """Return the folder in which a pack is made before it gets its name."""
    return folder.with_name(f"{folder.name}.partial")


def map_images(folder: Path, shape: tuple[int, int, int, int]) -> ImageArray:
    """Return the pixels (N, H, W, 3) of a pack, mapped into memory.

    They are copied on write: the array may be handed to torch, and to code that writes into it,
    while the file stays as it is.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not of that size.
    """
    path = folder / IMAGES
    expected, size = int(np.prod(shape)), path.stat().st_size
    if size != expected:
        raise ValueError(f"expected {expected} bytes in {IMAGES}, got {size}")
    return np.memmap(path, dtype=np.uint8, mode="c", shape=shape)
