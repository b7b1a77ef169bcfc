"""Facts of the trained network that a system or verifier starts from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from faceaudit.records.facts import Facts


class FileBackboneFacts(Facts):
    """A network whose weights came from a file.

    Attributes:
        file: its name, without the folder.
        sha256: of the file.
        format: how it is written; None for a network that is its file.
    """

    origin: Literal["file"] = "file"
    file: str
    sha256: str
    format: str | None = None


class PretrainedBackboneFacts(Facts):
    """A network that was pretrained here, on people who are not in the audit.

    Attributes:
        source: the registered name of the source of their faces.
        people, photos, epochs: what it learned from, and how long.
        validation_photos, validation_accuracy: other photos of those people, and the share of them
            that it recognised.
    """

    origin: Literal["pretraining"] = "pretraining"
    source: str
    people: int
    photos: int
    epochs: int
    validation_photos: int
    validation_accuracy: float


BackboneFacts = Annotated[
    FileBackboneFacts | PretrainedBackboneFacts, Field(discriminator="origin")
]
"""The network that a system started from."""
