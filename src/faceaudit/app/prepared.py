"""Where the things are that the preparation makes, and whether they are there."""

from __future__ import annotations

from pathlib import Path

from faceaudit import __version__
from faceaudit.app.settings import Settings
from faceaudit.registry import digest

DONE = "made"
"""The file that says that a step is made: written last."""
FORM = 2
"""Raise it with any change of what a step leaves: nothing older is then read as if it were new."""


def folder_of(settings: Settings, name: str) -> Path:
    """Return the folder that a step's things are in.

    An app that is started with other faces, networks or another way to align finds none of what
    was prepared with these, nor does another release of faceaudit.
    """
    return settings.root / "prepared" / f"{__version__}-{FORM}" / _about(settings) / name


def is_made(settings: Settings, name: str) -> bool:
    """Return whether a step is made."""
    return (folder_of(settings, name) / DONE).is_file()


def _about(settings: Settings) -> str:
    about = [settings.faces, settings.align, list(settings.networks)]
    return digest(about)[:12] if any(about) else "standard"
