"""Step: the people of the gallery, whom everybody may look at."""

from __future__ import annotations

from pathlib import Path

from faceaudit.app.gallery import STEP as NAME
from faceaudit.app.gallery import save
from faceaudit.app.gallery_people import choose
from faceaudit.app.preparing.step import Step
from faceaudit.app.settings import Settings
from faceaudit.progress import Progress


def make(settings: Settings, folder: Path, progress: Progress) -> None:
    """Render, or read, the gallery's photos."""
    save(choose(settings, folder / "cache", progress), folder)


STEP = Step(NAME, 5, make)
