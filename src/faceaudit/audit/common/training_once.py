"""A training that no other run is at: into the same store, or with the same unfinished work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from faceaudit.audit.common.workspace import one_at_a_time
from faceaudit.progress import Progress
from faceaudit.store import Store


def train_once(
    system: str,
    train: Callable[[], object],
    store: Store,
    *,
    folder: Path,
    progress: Progress,
) -> None:
    """Let a system be trained unless the store has it as it was written.

    Who finds another run at it waits for that one, and takes what it trained.

    Args:
        system: its id.
        train: trains it and writes it into the store.
        store: where systems are kept.
        folder: `Workspace.unfinished`, which may be that of several stores.
        progress: told of one that is damaged.

    Raises:
        StoreError: the store or the folder cannot be written.
    """

    def train_here() -> None:
        with one_at_a_time(folder, system):
            train()

    store.train_once(system, train_here, progress)
