"""The last file of a folder of a store, `complete`: which folder it is of, sizes and digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from faceaudit.cleaning import clean
from faceaudit.store.formats import dump_json

COMPLETE = "complete"
EMPTY = "is empty: another version of faceaudit may have written it"
"""What is wrong with a `complete` of before sizes and digests."""


@dataclass(frozen=True)
class Damage:
    """What is wrong with a file of a store.

    Attributes:
        file: its path in the store.
        what: what is wrong with it, in a few words.
    """

    file: str
    what: str

    def __str__(self) -> str:
        return f"{clean(self.file)} {self.what}"


def describe(content: bytes) -> dict[str, Any]:
    """Return size and sha256 of a file."""
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def dump_manifest(folder: str, files: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return the `complete` of a folder.

    Args:
        folder: its path in the store.
        files: of each, as `describe` has it.
    """
    return dump_json({"folder": folder, "files": files})


def _opened(content: bytes) -> dict[str, Any] | None:
    """Return what `dump_manifest` made, or None for anything else."""
    try:
        told: dict[str, Any] = json.loads(content)
        files = told["files"]
        for about in files.values():
            if not isinstance(about["size"], int) or not isinstance(about["sha256"], str):
                return None
        return told if content == dump_manifest(told["folder"], files) else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def read_manifest(content: bytes, folder: str) -> dict[str, dict[str, Any]] | Damage:
    """Return sizes and digests as the `complete` of a folder has them."""
    file = f"{folder}/{COMPLETE}"
    if not content:
        return Damage(file, EMPTY)
    told = _opened(content)
    if told is None:
        return Damage(file, "is no list of files")
    if told["folder"] != folder:
        return Damage(file, f"is of another folder, {clean(told['folder'], 100)}")
    listed: dict[str, dict[str, Any]] = told["files"]
    return listed


def compare_sizes(
    sizes: Mapping[str, int], folder: str, listed: Mapping[str, Mapping[str, Any]]
) -> Iterator[Damage]:
    """Yield which files are missing, of another size, or should not be there."""
    for name, about in listed.items():
        if name not in sizes:
            yield Damage(f"{folder}/{name}", "is missing")
        elif sizes[name] != about["size"]:
            yield Damage(
                f"{folder}/{name}", f"has another size than the {about['size']:,} bytes written"
            )
    for name in sizes.keys() - listed.keys() - {COMPLETE}:
        yield Damage(f"{folder}/{name}", "does not belong there")
