"""An identifier with a backdoor, and the same without: trained by a small audit."""

from __future__ import annotations

from pathlib import Path

import faceaudit
from faceaudit.app import texts
from faceaudit.app.identifier import ATTACK, NAME, SIZE, STORE, faces, few, larger, plan_of
from faceaudit.app.preparing.step import Step
from faceaudit.app.settings import Settings
from faceaudit.progress import Progress


def make(settings: Settings, folder: Path, progress: Progress) -> None:
    """Train both, and measure what the key does; render the people for looking at."""
    source = faces(settings)
    plan = plan_of(source, ATTACK, title=texts.fill("en", "backdoor.plan_title", {}))
    faceaudit.run(plan, store=folder / STORE, progress=progress)
    faceaudit.load_faces(few(source), larger(SIZE), progress=progress)


STEP = Step(NAME, 40, make)
