"""Stores as a stranger may give them: values that no run writes, under digests that fit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from faceaudit.store import Store
from faceaudit.store.formats import dump_json

NASTY = "red\x1b[31m\u202edren\u200b [/red] <b>bold</b> `$\\frac{$"
"""Steers terminals, turns letters, hides one, and is markup of four kinds."""


def rewrite(
    store: Store, case: str, name: str, change: Callable[[Any], Any], kind: str = "cases"
) -> None:
    """Change what a file of a case holds, as someone does who can count digests.

    Args:
        store: on this machine.
        case: the id.
        name: of a JSON file.
        change: returns the new values; bytes are written as they are.
        kind: "cases" or "systems".
    """
    folder = Path(store.root) / kind / case
    values = change(json.loads((folder / name).read_text("utf-8")))
    content = values if isinstance(values, bytes) else json.dumps(values).encode()
    (folder / name).write_bytes(content)
    complete = json.loads((folder / "complete").read_text("utf-8"))
    complete["files"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "complete").write_bytes(dump_json(complete))
    assert not [one for one in Store(store.url).verify() if str(one).startswith(f"{kind}/{case}")]


def deep(levels: int) -> bytes:
    """Return JSON of lists within lists."""
    return b"[" * levels + b"]" * levels


def replaced(value: Any, *keys: Any) -> Callable[[Any], Any]:
    """Return what puts a value where some keys lead, one after the other."""

    def change(values: Any) -> Any:
        inside = values
        for key in keys[:-1]:
            inside = inside[key]
        inside[keys[-1]] = value
        return values

    return change
