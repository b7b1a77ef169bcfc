"""Local folders of a run, and what its cases have in common."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from faceaudit.progress import Progress, silent
from faceaudit.registry import digest
from faceaudit.store import Store

CACHE = "FACEAUDIT_CACHE"
KEPT = 16
"""How many built values a memo holds: more than one case ever needs at once."""
T = TypeVar("T")


class Memo:
    """Values that several jobs build alike, kept in this process while they are used.

    Nothing rests on what it holds: a job that does not find a value builds it again from plan and
    store, and gets the same one.

    >>> memo = Memo()
    >>> memo.get("doubled", 2, lambda: 4), memo.get("doubled", 2, lambda: 5)
    (4, 4)
    """

    def __init__(self) -> None:
        self._values: OrderedDict[str, Any] = OrderedDict()

    def get(self, what: str, key: object, build: Callable[[], T]) -> T:
        """Return what `build` gives; from memory, where it was asked under this key before.

        Args:
            what: the kind of value.
            key: a JSON value that determines it.
            build: makes it.
        """
        place = f"{what} {digest(key)}"
        if place not in self._values:
            self._values[place] = build()
        self._values.move_to_end(place)
        value: T = self._values[place]
        while len(self._values) > KEPT:
            self._values.popitem(last=False)
        return value


@dataclass(frozen=True)
class Workspace:
    """Local folders of a run, who is told of its progress, and what its cases have in common.

    Attributes:
        root: holds the folders.
        progress: told of all long work.
        memo: values that several cases build alike.
    """

    root: Path
    progress: Progress = silent
    memo: Memo = field(default_factory=Memo)

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


def workspace(store: Store, progress: Progress = silent) -> Workspace:
    """Return the local folders that go with a store.

    They are in `$FACEAUDIT_CACHE` where it is set, else in the store itself where it is a local
    folder, else in the user's cache folder.
    """
    if os.environ.get(CACHE):
        root = Path(os.environ[CACHE]).expanduser()
    else:
        root = Path(store.root) if store.local else Path.home() / ".cache" / "faceaudit"
    return Workspace(root, progress)
