"""Packs of photos that are not what was written: found, and removed to be made again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from faceaudit.errors import SourceError
from faceaudit.faces.packing.pack_folder import lock_of
from faceaudit.files.lock import alone
from faceaudit.files.sealed import SEAL, check_sealed, is_sealed, remove
from faceaudit.files.unreadable import how_to_read


def damaged_packs(cache: Path) -> Iterator[tuple[Path, str]]:
    """Yield the packs in a folder that are not what was written, and what is wrong with each.

    Raises:
        SourceError: one cannot be read, though it may be sound.
    """
    try:
        packs = sorted(cache.iterdir()) if cache.is_dir() else []
    except OSError as error:
        raise SourceError(
            f"expected a folder of packed photos that can be read, got {error}; see to that folder"
        ) from None
    for pack in packs:
        wrong = _damage_of(pack)
        if wrong is not None:
            yield pack, wrong


def remove_damaged(pack: Path) -> bool:
    """Remove a pack if it is damaged, and tell whether it is gone; one that a run is at stays.

    Raises:
        SourceError: it cannot be removed, or cannot be read and may be sound.
    """
    try:
        with alone(lock_of(pack), wait=False) as mine:
            if not mine or _damage_of(pack) is None:  # made anew since it was looked at
                return False
            remove(pack)
            return True
    except OSError as error:
        raise SourceError(
            f"expected packed photos that can be removed, got {error}; see to that folder"
        ) from None


def _damage_of(pack: Path) -> str | None:
    try:
        if not is_sealed(pack):
            return None
        check_sealed(pack, tuple(json.loads((pack / SEAL).read_bytes())["files"]))
    except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
        remedy = how_to_read(error)
        if remedy is not None:
            raise SourceError(
                f"expected packed photos that can be read, got {error}; {remedy} and try again"
            ) from None
        return str(error)
    return None
