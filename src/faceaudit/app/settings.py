"""What the app was started with."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field

from faceaudit.registry import Options

VARIABLE = "FACEAUDIT_APP"
"""The environment variable that hands the settings, as JSON, to the app's script and its work."""


class Settings(Options):
    """What the app was started with.

    Attributes are plain values, so that processes that work for the app can be given them.
    """

    folder: Path = Field(
        Path("~/.cache/faceaudit/app"), description="where what was prepared and audits are kept"
    )
    faces: str | None = Field(
        None,
        description="gallery: NAME:PATH of a source, or a folder; synthetic people if none",
    )
    align: str | None = Field(None, description="how the face in a photo is found, NAME:FILE")
    networks: tuple[str, ...] = Field(
        (), description="networks to ask, NAME=FILE each; small ones trained here if none"
    )
    stores: tuple[str, ...] = Field((), description="audits to show besides the app's own")
    password: bool = Field(default=False, description="whether those who look signed in")
    exposed: bool = Field(default=False, description="whether others than this machine get in")

    @property
    def root(self) -> Path:
        """The folder, `~` filled in."""
        return self.folder.expanduser()

    def to_environment(self) -> None:
        """Hand the settings to what runs in this process and in those it starts."""
        os.environ[VARIABLE] = self.model_dump_json()


def settings() -> Settings:
    """Return the settings of this process."""
    return Settings.model_validate_json(os.environ.get(VARIABLE) or "{}")
