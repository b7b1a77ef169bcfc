"""Step: both identifiers scanned for a backdoor, as by somebody who has no photo of theirs."""

from __future__ import annotations

import json
from pathlib import Path

import faceaudit
from faceaudit.app.parts.scan.kept import pack
from faceaudit.app.parts.scan.prepared import (
    PLANTED,
    REFERENCES,
    STRANGERS,
    WHICH,
    file_of,
    own_system,
)
from faceaudit.app.parts.scan.prepared import STEP as NAME
from faceaudit.app.preparing.step import Step
from faceaudit.app.settings import Settings
from faceaudit.errors import StoreError
from faceaudit.files.atomic import write_atomically
from faceaudit.progress import Progress


def make(settings: Settings, folder: Path, progress: Progress) -> None:
    """Scan the identifier with a backdoor and the one without, and keep what was found."""
    system = own_system(settings)
    if system is None:
        raise StoreError(
            "expected the identifiers that the app prepares, got none that can be read; remove "
            f"{folder.parent} and start the app again"
        )
    ids = {"poisoned": system.poisoned, "pristine": system.pristine}
    for which in WHICH:
        if file_of(folder, which).is_file():  # of a preparation that was stopped
            continue
        found = faceaudit.scan_identifier(
            f"file:{system.store}/systems/{ids[which]}",
            strangers=dict(STRANGERS),
            references=REFERENCES,
            planted=PLANTED,
            cache=folder / "cache",
            progress=progress,
        )
        write_atomically(file_of(folder, which), json.dumps(pack(found)))


STEP = Step(NAME, 50, make)
