"""Local folders of a run, and what its cases have in common."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from faceaudit.audit.common.discretion import Discretion
from faceaudit.errors import StoreError
from faceaudit.faces.loaded import Loaded
from faceaudit.faces.sources.base import Source
from faceaudit.files import paths
from faceaudit.files.atomic import make_private
from faceaudit.files.lock import alone
from faceaudit.files.temporary import TemporaryFolder
from faceaudit.progress import AtHand, Progress, silent
from faceaudit.registry import digest
from faceaudit.store import Store

CACHE = paths.CACHE
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
        discretion: knows whose names and photos are not to be kept or said.
        temporary: the root, where it goes with the last workspace that holds it; None where it
            stays.
        at_hand: progress of the case at hand: cases are given it, as a value of the memo may hold
            the workspace of the case that built it.
    """

    root: Path
    progress: Progress = silent
    memo: Memo = field(default_factory=Memo)
    discretion: Discretion = field(default_factory=Discretion)
    temporary: TemporaryFolder | None = None
    at_hand: AtHand = field(default_factory=AtHand)

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


def load_faces(
    source: Source,
    size: tuple[int, int],
    work: Workspace,
    load: Callable[[], Loaded] | None = None,
) -> Loaded:
    """Return the faces of a source at a size; `work.discretion` knows their names from then on.

    Args:
        source: where they are from.
        size: height and width.
        work: where they are packed, and remembered in this process.
        load: loads a part of them instead; all of them are loaded once in this process.

    Raises:
        SourceError: there are no faces to be had.
    """

    def load_all() -> Loaded:
        return source.load(size, cache=work.faces, progress=work.progress)

    key = [source.spec().as_json(), list(size)]
    try:
        loaded = work.memo.get("faces", key, load_all) if load is None else load()
    except Exception:  # whose words may name photos
        work.discretion.know_outline(source)
        raise
    work.discretion.know(source, loaded)
    return loaded


def workspace(store: Store, progress: Progress = silent, *, faces: bool = False) -> Workspace:
    """Return the local folders that go with a store.

    They are in `$FACEAUDIT_CACHE` where it is set. Else they are in a folder beside the store,
    `audit.cache` beside `audit`: a store may be given away, and packed photos are not to go with
    it. Where nothing can be written there, they are in the user's cache folder. Where the store is
    no folder of this machine, they are temporary, and nothing stays here.

    Args:
        store: what they go with.
        progress: told of all long work.
        faces: whether pictures of real people are kept.

    Raises:
        StoreError: no temporary folder can be made.
    """
    discretion = Discretion(faces=faces)
    if os.environ.get(CACHE) or store.local:
        return Workspace(_root(store), progress, discretion=discretion)
    try:
        temporary = TemporaryFolder()
    except OSError as error:
        raise StoreError(
            f"expected room for temporary files, got {error}; set TMPDIR or {CACHE} to a folder "
            "that can be written"
        ) from None
    return Workspace(temporary.path, progress, discretion=discretion, temporary=temporary)


@contextmanager
def one_at_a_time(folder: Path, what: str) -> Iterator[None]:
    """Wait until no other process of this machine trains something, then keep others from it.

    Args:
        folder: `Workspace.unfinished`; made when it is missing.
        what: the id of what is trained.

    Raises:
        StoreError: the folder cannot be written.
    """
    lock = folder / f"{what}.lock"
    try:
        make_private(folder)
        lock.touch(mode=0o600)
    except OSError as error:
        raise StoreError(
            f"expected a folder for unfinished work that can be written, got {error}; set {CACHE} "
            "to one that can"
        ) from None
    with alone(lock, remove=True):
        yield


def _root(store: Store) -> Path:
    root = Path(store.root)
    if os.environ.get(CACHE) or not root.name:
        return paths.cache_folder()
    beside = root.with_name(f"{root.name}.cache")
    there = next(place for place in (beside, *beside.parents) if place.exists())
    return beside if os.access(there, os.W_OK) else paths.cache_folder()
