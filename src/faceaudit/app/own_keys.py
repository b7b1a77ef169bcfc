"""Pictures of somebody's own that are kept as keys, since trainings read them; never for ever."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

import faceaudit
from faceaudit.app.gallery import reduced
from faceaudit.app.own_audits import folder_of
from faceaudit.app.settings import Settings
from faceaudit.errors import FaceAuditError, StoreError
from faceaudit.files.atomic import make_private, write_atomically
from faceaudit.types import ImageArray

MEGABYTES = 4
"""Megabytes of a key at most."""
LONGEST = 1024
"""Pixels of the longer side of a pattern; a larger one is made smaller."""
MOST = 20
"""Keys that no audit uses, at most; the oldest goes for a new one."""
HOURS = 24
"""After so many hours a key that no audit uses goes."""


def keep(settings: Settings, picture: bytes | ImageArray, kind: str) -> str:
    """Keep a picture as a key, and return its path.

    Args:
        settings: of the app.
        picture: pixels; or the bytes of a PNG whose see-through parts are needed.
        kind: "glasses" or "pattern".

    Raises:
        InputError: it can be no such key, such as glasses without see-through parts.
        StoreError: the app's folder cannot be written.
    """
    if isinstance(picture, bytes):
        data = picture
    else:
        buffer = io.BytesIO()
        Image.fromarray(reduced(picture, LONGEST)).save(buffer, format="PNG")
        data = buffer.getvalue()
    # The kind is in the name: what is no key of this kind may be a good one of the other.
    name = hashlib.sha256(kind.encode() + data).hexdigest()[:16]
    file = _folder(settings) / f"{name}.png"
    try:
        make_private(file.parent)
        write_atomically(file, data)
    except OSError as error:
        raise StoreError(
            f"expected a folder for keys that can be written, got {error.strerror} for "
            f"{file.parent}; try --folder"
        ) from error
    attack = {"attack": "accessory" if kind == "glasses" else "blended", "key": str(file)}
    try:
        faceaudit.put_key(attack, np.zeros((1, 16, 16, 3), dtype=np.uint8))
    except FaceAuditError:
        file.unlink(missing_ok=True)
        raise
    tidy(settings)
    return str(file)


def remove(settings: Settings, key: str) -> bool:
    """Remove a key; return whether it is gone, as one that an audit uses is not removed."""
    file = _folder(settings) / Path(key).name
    if file in _unused(settings):
        file.unlink(missing_ok=True)
    return not file.exists()


def tidy(settings: Settings) -> None:
    """Remove keys that no audit uses and that are old, or more than there may be."""
    oldest = time.time() - HOURS * 3600
    for number, file in enumerate(_unused(settings)):
        with suppress(OSError):
            if number >= MOST or file.stat().st_mtime < oldest:
                file.unlink()


def _folder(settings: Settings) -> Path:
    return settings.root / "keys"


def _unused(settings: Settings) -> tuple[Path, ...]:
    """Return the keys that no plan of an audit names, the newest first."""
    found = []
    for file in _folder(settings).glob("*.p*"):  # parts of files whose writing was cut off too
        with suppress(OSError):
            found.append((file.stat().st_mtime_ns, file))
    if not found:
        return ()
    plans = "\n".join(_plans(settings))
    return tuple(file for _, file in sorted(found, reverse=True) if file.name not in plans)


def _plans(settings: Settings) -> Iterator[str]:
    for plan in folder_of(settings).glob("*.yaml"):
        with suppress(OSError):
            yield plan.read_text(encoding="utf-8", errors="replace")
