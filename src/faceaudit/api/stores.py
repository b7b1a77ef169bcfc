"""Whether what a store holds is what was written into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faceaudit.api.arguments import StoreLike, store_of
from faceaudit.audit.common.workspace import workspace
from faceaudit.errors import StoreError
from faceaudit.faces.packing.damaged import damaged_packs, remove_damaged
from faceaudit.store import Damage, Store


@dataclass(frozen=True)
class StoreCheck:
    """What is damaged in a store.

    Attributes:
        store: what was looked at.
        cases: how many cases are there, sound or not.
        systems: how many trained systems are there, sound or not.
        damages: each file that is not what was written, and what is wrong with it; packed photos
            that go with the store, too, by the path of their folder.
        set_aside: where what was damaged is now, in the store; nothing unless asked for.
    """

    store: Store
    cases: int
    systems: int
    damages: tuple[Damage, ...]
    set_aside: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing was damaged."""
        return not self.damages

    def lines(self) -> tuple[str, ...]:
        """Return what was found in lines, as the command line prints them."""
        damaged = [f"damaged: {damage}" for damage in self.damages]
        moved = [f"set aside: {place}" for place in self.set_aside]
        held = f"cases: {self.cases:,}, trained systems: {self.systems:,}"
        said = "all as they were written"
        if not self.sound:
            said = (
                f"{len(self.damages):,} files are not as they were written; run the audit again: "
                "it computes what is lost"
            )
        return (*damaged, *moved, f"{held}; {said}")

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "sound": self.sound,
            "cases": self.cases,
            "systems": self.systems,
            "damages": [{"file": one.file, "what": one.what} for one in self.damages],
            "set_aside": list(self.set_aside),
        }


def verify_store(store: StoreLike = "audit", *, repair: bool = False) -> StoreCheck:
    """Hold every file of a store against the size and sha256 that were kept with it.

    Packed photos that go with it, in the folder of its cache, are held against theirs.

    Damage by chance is found: bits that flipped, files that were cut, lost or mixed up. Who changes
    a file on purpose can change its digest, too.

    Args:
        store: a `Store`, its folder or its URL.
        repair: set what is damaged aside, into `damaged/` in the store, as the next run does; it is
            computed again by that run. Damaged packs are removed: photos are packed again. What
            a run is at stays.

    Returns:
        What is damaged, by file.

    Raises:
        StoreError: nothing was ever run into the store, or it cannot be reached, read or written.
        SourceError: packed photos cannot be read or removed.

    Example:
        ::

            for damage in faceaudit.verify_store("audit").damages:
                print(damage.file, damage.what)
    """
    kept = store_of(store)
    folders = list(kept.folders())
    if not folders and not kept.exists():
        raise StoreError(
            f"expected a store with an audit in it, got {kept.url!r}; "
            "try `faceaudit run --store ...` first"
        )
    damages = kept.verify()
    packs = dict(damaged_packs(workspace(kept).faces))
    aside: tuple[str, ...] = ()
    if repair:
        aside = kept.set_all_aside(damages)
        for pack in packs:
            remove_damaged(pack)
    cases = sum(folder.startswith("cases/") for folder in folders)
    changed = (
        Damage(str(pack), f"is a pack of photos that was changed: {wrong}")
        for pack, wrong in packs.items()
    )
    return StoreCheck(kept, cases, len(folders) - cases, (*damages, *changed), aside)
