"""What lies in the cache beside a store, and can be made again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from faceaudit.audit.common.workspace import CACHE
from faceaudit.files.lock import is_held
from faceaudit.store import Store

CHECKPOINT = ".checkpoint"
"""How files of trainings that were not ended are called."""
LOCKS = ("lock", ".lock")


def cache_beside(store: Store) -> Path | None:
    """Return the cache that belongs to a store alone; None where there is none, or others share it.

    One that is set by `$FACEAUDIT_CACHE`, or is the user's, may be of other stores as well: what
    they need of it cannot be told. A link in its place may lead to such a one.
    """
    root = Path(store.root)
    if not store.local or os.environ.get(CACHE) or not root.name:
        return None
    beside = root.with_name(f"{root.name}.cache")
    return beside if beside.is_dir() and not beside.is_symlink() else None


def cached(cache: Path, *, whole: bool, everything: bool) -> Iterator[tuple[Path, int]]:
    """Yield what is not needed in a cache, and its bytes; no link is followed.

    Args:
        cache: as `cache_beside` gives it.
        whole: whether the last run ended with all cases done: no training goes on from a checkpoint
            then.
        everything: packed photos, embeddings and answers as well: who needs them makes them again.
    """
    if everything:
        for within in ("faces", "work"):
            yield from _each(cache / within)
    elif whole:
        for path, size in _each(cache / "work"):
            if path.name.endswith(CHECKPOINT):
                yield path, size


def _each(folder: Path) -> Iterator[tuple[Path, int]]:
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        yield path, _size(path)


def _size(path: Path) -> int:
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return sum(_size(one) for one in path.iterdir())


def is_in_use(cache: Path) -> bool:
    """Return whether a process of this machine holds a lock in a cache."""
    for folder, _, names in os.walk(cache):
        for name in names:
            if name.endswith(LOCKS) and is_held(Path(folder) / name):
                return True
    return False


def remove(path: Path) -> None:
    """Remove a file, a folder with all in it, or a link: not what that leads to.

    Raises:
        OSError: it cannot be removed.
    """
    if path.is_symlink() or not path.is_dir():
        with suppress(FileNotFoundError):
            path.unlink()
    else:
        shutil.rmtree(path)
