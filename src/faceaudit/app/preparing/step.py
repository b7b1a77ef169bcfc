"""What a step of the preparation is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from faceaudit.app.prepared import DONE, folder_of, is_made
from faceaudit.app.settings import Settings
from faceaudit.progress import Progress

__all__ = ["DONE", "Step", "folder_of", "is_made"]


@dataclass(frozen=True)
class Step:
    """A thing that pages need and that is made once, in a process of its own.

    Attributes:
        name: of its folder, and of its words (`preparing.NAME`).
        place: steps are made in this order.
        make: makes it in a folder of its own; what is there once it returns is kept, and what an
            interrupted one left is made again.
    """

    name: str
    place: int
    make: Callable[[Settings, Path, Progress], None]
