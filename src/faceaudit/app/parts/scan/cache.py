"""What scans of models that were brought keep for one another: nothing of the models."""

from __future__ import annotations

import shutil
from pathlib import Path

from faceaudit.files.atomic import make_private

KEPT = 2 * 1024**3
"""Bytes of reference networks and synthetic photos that are kept for other scans."""


def share(kept: Path, cache: Path, *, photos: bool) -> Path:
    """Return a cache in which reference networks, and perhaps photos, are those that are kept.

    What a model is asked stays in the cache alone. Answers of reference networks that are there
    already are read.

    Args:
        kept: the folder of what is kept.
        cache: the new one's.
        photos: whether photos are kept: only where all are of people who do not exist.
    """
    for name in ("faces", "work/references"):
        make_private(kept / name)
        make_private((cache / name).parent)
        if photos or name != "faces":
            (cache / name).symlink_to((kept / name).absolute())
    (cache / "work" / "answers").mkdir(mode=0o700)
    for one in (kept / "work" / "answers").glob("*"):
        (cache / "work" / "answers" / one.name).symlink_to(one.absolute())
    return cache


def tidy(kept: Path, most: int = KEPT) -> None:
    """Remove the oldest photos and reference networks that are kept, where they are too many."""
    parts = [*(kept / "faces").iterdir(), *(kept / "work" / "references").iterdir()]
    sizes = {
        one: sum(file.stat().st_size for file in [one, *one.rglob("*")] if file.is_file())
        for one in sorted(parts, key=lambda one: one.stat().st_mtime, reverse=True)
    }
    held = 0
    for one, size in sizes.items():
        held += size
        if held > most and not one.name.endswith(".lock"):
            shutil.rmtree(one) if one.is_dir() else one.unlink(missing_ok=True)
