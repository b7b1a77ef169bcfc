"""Where an audit keeps what only this machine needs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from faceaudit.progress import Progress
from faceaudit.store import Store

CACHE = "FACEAUDIT_CACHE"


@dataclass(frozen=True)
class Workspace:
    """Local folders of a run, and who is told of its progress.

    Attributes:
        root: holds all of them.
        progress: told of all long work.
    """

    root: Path
    progress: Progress

    @property
    def faces(self) -> Path:
        """Packed photos."""
        return self.root / "faces"

    @property
    def unfinished(self) -> Path:
        """Checkpoints of trainings, and embeddings."""
        return self.root / "work"

    @property
    def embeddings(self) -> Path:
        """Embeddings, each photo's once."""
        return self.unfinished / "embeddings"


def workspace(store: Store) -> Path:
    """Return a local folder for packed faces and unfinished work.

    That is `$FACEAUDIT_CACHE` where it is set, else the store itself where it is a local folder,
    else the user's cache folder.
    """
    if os.environ.get(CACHE):
        return Path(os.environ[CACHE]).expanduser()
    return Path(store.root) if store.local else Path.home() / ".cache" / "faceaudit"
