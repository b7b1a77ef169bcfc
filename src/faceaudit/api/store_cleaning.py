"""A store without what its last run does not need."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from faceaudit.api.arguments import StoreLike, store_of
from faceaudit.api.heartbeat import EVERY, HEARTBEAT
from faceaudit.api.store_listed import megabytes
from faceaudit.audit import cache_garbage
from faceaudit.audit.garbage import Clearing, Garbage, clear
from faceaudit.errors import StoreError
from faceaudit.progress import Progress, silent
from faceaudit.store import Store

CACHED = "in the cache beside the store, and made again by who needs it"
"""Why something of the cache is not needed."""
BEATS = 12 * EVERY
"""Seconds after which a run that was killed has no heart that beats."""


@dataclass(frozen=True)
class StoreCleaning:
    """What a store does not need.

    Attributes:
        store: what was looked at.
        garbage: each thing that is not needed, with `path`, `why` and `size`.
        removed: whether it was removed.
        left: paths of what was not, as somebody took it meanwhile.
        notes: what was left for lack of knowledge, in lines.
    """

    store: Store
    garbage: tuple[Garbage, ...]
    removed: bool
    left: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """How large all of it is."""
        return sum(one.size for one in self.garbage)

    def lines(self) -> tuple[str, ...]:
        """Return it in lines, as the command line prints them."""
        counted: dict[str, list[int]] = defaultdict(list)
        for one in self.garbage:
            counted[one.why].append(one.size)
        lines = [f"{one.path}: {one.why}, {megabytes(one.size)}" for one in self.garbage]
        lines += [f"left: {note}" for note in self.notes]
        lines += [f"left, as a run took it meanwhile: {path}" for path in self.left]
        size = sum(one.size for one in self.garbage if one.path not in self.left)
        many = f"{len(self.garbage) - len(self.left):,} things, {megabytes(size)}"
        if not self.garbage:
            lines.append("nothing that is not needed")
        elif self.removed:
            lines.append(f"removed: {many}")
        else:
            lines.append(f"not needed: {many}; nothing was removed, --yes removes it")
        return tuple(lines)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "store": self.store.url,
            "garbage": [
                {"path": one.path, "why": one.why, "bytes": one.size} for one in self.garbage
            ],
            "bytes": self.bytes,
            "removed": self.removed,
            "left": list(self.left),
            "notes": list(self.notes),
        }


def clean_store(
    store: StoreLike = "audit",
    *,
    earlier_plans: bool = False,
    cache: bool = False,
    remove: bool = False,
    progress: Progress = silent,
) -> StoreCleaning:
    """Tell what no case of a store's last run needs, and remove it if that is asked for.

    That is what was set aside as damaged, writes that were cut short, leases of runs that were
    killed, and, once the last run is whole, trained systems that no kept case rests on, and
    checkpoints in the cache beside the store. Reports stay, and what a link leads to.

    Args:
        store: a `Store`, its folder or its URL.
        earlier_plans: cases of plans before the last are not needed either.
        cache: all of the cache beside the store is not needed either: photos are packed, and
            embeddings computed, again where a run needs them. A cache that several stores share,
            as `$FACEAUDIT_CACHE`, is left as it is.
        remove: remove what is found; nothing is changed otherwise.
        progress: told of the work.

    Returns:
        Each thing that is not needed, with its size and why.

    Raises:
        StoreError: nothing was ever run into the store, or by another version of faceaudit, a run
            is at work there, or it cannot be reached, read or written.

    Example:
        ::

            found = faceaudit.clean_store("audit", earlier_plans=True)
            print(found.bytes, [one.path for one in found.garbage])
            faceaudit.clean_store("audit", earlier_plans=True, remove=True)
    """
    kept = store_of(store)
    if _heart_beats(kept):
        raise StoreError(
            f"expected a store that no run is at, got {kept.url!r}, where {HEARTBEAT} says that "
            "one is; wait for its end and try again"
        )
    found = clear(kept, earlier_plans=earlier_plans, remove=remove, progress=progress)
    in_cache, notes = _clear_cache(kept, found, everything=cache, remove=remove)
    removed = set(found.removed)
    return StoreCleaning(
        store=kept,
        garbage=(*found.garbage, *in_cache),
        removed=remove,
        left=tuple(one.path for one in found.garbage if remove and one.path not in removed),
        notes=tuple(notes),
    )


def _clear_cache(
    store: Store, found: Clearing, *, everything: bool, remove: bool
) -> tuple[list[Garbage], list[str]]:
    """Return what is not needed in the cache, removed if that is asked for, and what was left."""
    notes = [f"trained systems that no case names: {found.why_kept}"] if found.why_kept else []
    beside = cache_garbage.cache_beside(store)
    if beside is None:
        if everything:
            notes.append("there is no cache beside the store that is its own")
        return [], notes
    if cache_garbage.is_in_use(beside) or (remove and _heart_beats(store)):
        return [], [*notes, f"the cache {beside}: a process is at work there"]
    needless = list(cache_garbage.cached(beside, whole=found.whole, everything=everything))
    try:
        for path, _ in needless if remove else ():
            cache_garbage.remove(path)
    except OSError as error:
        raise StoreError(
            f"expected a cache that can be written, got {error}; see to that folder"
        ) from None
    return [Garbage(str(path), CACHED, size) for path, size in needless], notes


def _heart_beats(store: Store) -> bool:
    """Return whether a run said within the last minute that it is at work."""
    try:
        beat = json.loads(store.page(HEARTBEAT))
        told = datetime.fromisoformat(beat["time"])
        running = beat["state"] == "running"
        return running and abs((datetime.now(UTC) - told).total_seconds()) < BEATS
    except (FileNotFoundError, ValueError, TypeError, KeyError, RecursionError):
        return False
