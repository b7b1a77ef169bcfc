"""What a store holds, as its names and sizes say it: nothing but the account of the run is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from faceaudit.store.accounts import NAMES, RUN
from faceaudit.store.files import Listed, is_part
from faceaudit.store.folders import DAMAGED, KINDS
from faceaudit.store.leases import LEASES, Lease
from faceaudit.store.manifest import COMPLETE

State = Literal["done", "failed", "unfinished", "of another version", "damaged"]
"""What a case or a trained system looks like, its digests not looked at."""
PLACES = (*KINDS, DAMAGED, "unfinished", "account", "pages")
"""What bytes are counted for."""


@dataclass(frozen=True)
class HeldFolder:
    """A case, a trained system, or what was set aside of one.

    Attributes:
        path: in the store, as in "cases/1f...".
        state: what it looks like.
        sizes: bytes of each of its files by name.
        changed: when the last of them was written; None where that is not known.
    """

    path: str
    state: State
    sizes: Mapping[str, int]
    changed: datetime | None

    @property
    def id(self) -> str:
        """Its id, which is the name of its folder."""
        return self.path.partition("/")[2]

    @property
    def bytes(self) -> int:
        """How large all its files are."""
        return sum(self.sizes.values())


@dataclass(frozen=True)
class Listing:
    """What a store holds.

    Attributes:
        cases: by id.
        systems: by id.
        set_aside: what was found damaged.
        unfinished: paths and bytes of what writes that go on or were cut short have left.
        leases: who is at what.
        pages: reports and other files that lie in the store's own folder.
        bytes: how many of each of `PLACES`.
    """

    cases: tuple[HeldFolder, ...] = ()
    systems: tuple[HeldFolder, ...] = ()
    set_aside: tuple[HeldFolder, ...] = ()
    unfinished: Mapping[str, int] = field(default_factory=dict)
    leases: tuple[Lease, ...] = ()
    pages: tuple[str, ...] = ()
    bytes: Mapping[str, int] = field(default_factory=dict)


def listing_of(files: Mapping[str, Listed], leases: Iterable[Lease], *, local: bool) -> Listing:
    """Return what a store holds.

    Args:
        files: all of its files, as `StoreFiles.survey` gives them.
        leases: who is at what.
        local: whether the store is a folder of this machine, where nothing is there half written.
    """
    folders: dict[str, dict[str, Listed]] = defaultdict(dict)
    counted = dict.fromkeys(PLACES, 0)
    unfinished: dict[str, int] = defaultdict(int)
    pages: list[str] = []
    for path, about in files.items():
        top, _, rest = path.partition("/")
        if is_part(path):
            where = "unfinished"
            unfinished[_up_to_part(path)] += about.size
        elif top == LEASES:
            continue
        elif rest and top in (*KINDS, DAMAGED):
            where = top
            name, _, file = rest.partition("/")
            folders[f"{top}/{name}"][file] = about
        else:
            where = "account" if path in (RUN, NAMES) else "pages"
            pages += [path] if where == "pages" else []
        counted[where] += about.size
    held = {path: _held(path, inside, local=local) for path, inside in sorted(folders.items())}
    of = {
        top: tuple(one for path, one in held.items() if path.startswith(f"{top}/"))
        for top in (*KINDS, DAMAGED)
    }
    return Listing(
        cases=of["cases"],
        systems=of["systems"],
        set_aside=of[DAMAGED],
        unfinished=dict(unfinished),
        leases=tuple(leases),
        pages=tuple(sorted(pages)),
        bytes=counted,
    )


def _up_to_part(path: str) -> str:
    """Return the path of the file or folder that is being written."""
    parts = path.split("/")
    last = next(number for number, part in enumerate(parts) if is_part(part))
    return "/".join(parts[: last + 1])


def _held(path: str, files: Mapping[str, Listed], *, local: bool) -> HeldFolder:
    times = [about.changed for about in files.values() if about.changed is not None]
    sizes = {name: about.size for name, about in files.items()}
    return HeldFolder(path, _state(sizes, local=local), sizes, max(times, default=None))


def _state(sizes: Mapping[str, int], *, local: bool) -> State:
    complete = sizes.get(COMPLETE)
    if complete is None:
        return "damaged" if local else "unfinished"
    if not complete:
        return "of another version"
    if "spec.json" not in sizes:
        return "damaged"
    return "failed" if "error.json" in sizes else "done"
