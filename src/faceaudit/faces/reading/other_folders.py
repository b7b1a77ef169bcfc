"""Where the photos of a list may be, when none is where the list says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path, PurePosixPath

from faceaudit.errors import FaceAuditError
from faceaudit.faces.reading.named_files import PhotoRoot

_ASKED = 3
"""Names of a list that are looked for elsewhere."""
_CHILDREN = 200
"""Folders further down that are looked into."""


def advise(root: PhotoRoot, names: Sequence[str]) -> str:
    """Return what to try where none of the names of a list is a photo below `root`."""
    for name in names[:_ASKED]:
        found = _other_root(root, name) or _other_extension(root, name)
        if found:
            return found
    with os.scandir(root.path) as entries:
        there = sorted(entry.name for entry in islice(entries, _CHILDREN))[:2]
    listed = " and ".join(map(repr, there)) or "nothing"
    return f"give `root`, the folder that paths start from: in {root.path} there is {listed}"


def _other_root(root: PhotoRoot, name: str) -> str:
    """Return the folder that a path would start from, or the start that it has too many."""
    plain = name.replace("\\", "/")
    folders = Path(plain).parents
    if plain.startswith("/") and len(folders) > 1 and Path(plain).is_file():
        return f"give `root`, the folder that paths start from, as in root={folders[1]}"
    parts = PurePosixPath(plain).parts
    for start in range(1, len(parts)):
        if _is_there(root, "/".join(parts[start:])):
            first = PurePosixPath(*parts[:start])
            parent = root.path.parents[start - 1] if start <= len(root.path.parts) - 1 else None
            if parent is not None and parent / first == root.path:
                return f"try root={parent}"
            return f"take {str(first)!r} away from the start of its paths, which {root.path} lacks"
    with os.scandir(root.path) as entries:
        children = [entry.name for entry in islice(entries, _CHILDREN) if entry.is_dir()]
    for child in sorted(children):
        if _is_there(root, f"{child}/{plain}"):
            return f"try root={root.path / child}"
    return ""


def _other_extension(root: PhotoRoot, name: str) -> str:
    """Return the extension that a photo has instead."""
    stem, dot, listed = name.rpartition(".")
    for extension in ("jpg", "png", "jpeg", "webp", "bmp") if dot else ():
        if extension != listed.lower() and _is_there(root, f"{stem}.{extension}"):
            return (
                f"write .{extension} for .{listed} in it, as the photos in {root.path} are called"
            )
    return ""


def _is_there(root: PhotoRoot, name: str) -> bool:
    try:
        root.find(name, "")
    except (FaceAuditError, OSError, ValueError):
        return False
    return True
