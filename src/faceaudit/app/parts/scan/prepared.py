"""The scans that the app prepares: of the identifier with a backdoor, and of the one without."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faceaudit.app.damage import DAMAGED
from faceaudit.app.identifier import store_of
from faceaudit.app.parts.backdoor.trained import Trained, trained
from faceaudit.app.parts.scan.kept import unpack
from faceaudit.app.prepared import folder_of, is_made
from faceaudit.app.settings import Settings

if TYPE_CHECKING:
    from faceaudit.api.scan import IdentifierScan

STEP = "scan"
WHICH = ("poisoned", "pristine")
"""Both systems, by how `Trained` names them."""
STRANGERS: Mapping[str, Any] = {
    "source": "synthetic",
    "people": 400,
    "photos": 2,
    "sessions": 2,
    "seed": 901,
}
"""Who is shown to a system: nobody whom the app's own systems know."""
REFERENCES = 8
"""Clean networks that are trained and scanned alike."""
PLANTED = 4
"""Such networks with a backdoor, for the prepared scans alone: one of each kind."""


@dataclass(frozen=True, eq=False)
class PreparedScans:
    """What the app found when it scanned its own systems.

    Attributes:
        system: both, and what was measured of the backdoor.
        found: by one of `WHICH`.
    """

    system: Trained
    found: Mapping[str, IdentifierScan]


def file_of(folder: Path, which: str) -> Path:
    """Return the file of one scan in the folder of the step."""
    return folder / f"{which}.json"


def own_system(settings: Settings) -> Trained | None:
    """Return the system that the app prepared; None where it is not there, or damaged."""
    store = str(store_of(settings))
    return next((one for one in trained(settings) if one.store == store), None)


def known_scans(settings: Settings) -> PreparedScans | None:
    """Return the scans of the app's own systems; None as long as they are not made."""
    system = own_system(settings)
    if system is None or not is_made(settings, STEP):
        return None
    folder = folder_of(settings, STEP)
    try:
        files = {which: file_of(folder, which) for which in WHICH}
        found = {one: _read(str(file), file.stat().st_mtime_ns) for one, file in files.items()}
    except DAMAGED:
        return None
    return PreparedScans(system, found)


@lru_cache(maxsize=8)
def _read(file: str, changed: int) -> IdentifierScan:
    del changed
    return unpack(json.loads(Path(file).read_text("utf-8")))
