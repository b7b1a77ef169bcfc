"""What a store holds that no case of its last run needs."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from faceaudit.audit.mending import ids_in
from faceaudit.errors import StoreError
from faceaudit.progress import Progress, silent
from faceaudit.store import Store
from faceaudit.store.files import plain
from faceaudit.store.folders import Found
from faceaudit.store.leases import Lease
from faceaudit.store.listing import HeldFolder, Listing
from faceaudit.store.upkeep import ACCOUNT

EARLIER, UNUSED, ASIDE, CUT_SHORT, DEAD = (
    "a case of an earlier plan",
    "a trained system that no kept case rests on",
    "set aside as damaged",
    "a write that was cut short",
    "a lease of a run that was killed",
)


@dataclass(frozen=True)
class Garbage:
    """Something that is not needed.

    Attributes:
        path: in the store.
        why: what it is.
        size: bytes.
    """

    path: str
    why: str
    size: int


@dataclass(frozen=True)
class Clearing:
    """What is not needed in a store.

    Attributes:
        garbage: each thing that is not needed.
        removed: paths of what was removed of it.
        whole: whether the last run ended with all its cases done.
        why_kept: why trained systems are left that perhaps nothing needs; usually nothing.
    """

    garbage: tuple[Garbage, ...]
    removed: tuple[str, ...]
    whole: bool
    why_kept: str


def clear(
    store: Store,
    *,
    earlier_plans: bool = False,
    remove: bool = False,
    progress: Progress = silent,
) -> Clearing:
    """Find what a store does not need, and remove it if that is asked for.

    Who writes the account of a run meanwhile waits, so that no run begins in the middle of it.

    Args:
        store: nothing in it is changed unless `remove`.
        earlier_plans: cases that the last run does not have are not needed either.
        remove: remove what is found.
        progress: told of the work.

    Raises:
        StoreError: nothing was ever run into the store, or by another version, a run is at work
            there, or it cannot be reached, read or written.
    """
    store.run()  # which says that there is none
    with ExitStack() as stack:
        if remove and not stack.enter_context(store.alone(*ACCOUNT, wait=False)):
            raise _at_work(store, None)
        left = {lease.name for lease in store.leases()}
        held = store.at_work(clearing=remove)
        if held:
            raise _at_work(store, held[0])
        account, found = store.run(), store.listing()
        # One that is made from here on is of somebody who lives.
        leases = tuple(lease for lease in found.leases if lease.name in left)
        found = replace(found, leases=leases)
        planned = set(account["cases"])
        states = {one.id: one.state for one in found.cases}
        ended = account.get("seconds") is not None
        whole = ended and all(states.get(case) == "done" for case in planned)
        needless, why_kept = _unused(store, found, planned, whole=whole, earlier=earlier_plans)
        garbage = tuple(needless)
        removed = tuple(_remove(store, garbage, progress)) if remove else ()
    return Clearing(garbage, removed, whole, why_kept)


def _at_work(store: Store, lease: Lease | None) -> StoreError:
    told = "" if lease is None else f" ({' '.join(filter(None, (lease.name, lease.holder)))})"
    return StoreError(
        f"expected a store that no run is at, got {store.url!r}{told}; wait for its end and try "
        "again"
    )


def _unused(
    store: Store, found: Listing, planned: Collection[str], *, whole: bool, earlier: bool
) -> tuple[list[Garbage], str]:
    """Return what is not needed, and why trained systems are left that perhaps nothing needs."""
    garbage = [Garbage(one.path, ASIDE, one.bytes) for one in found.set_aside]
    cut = [one for one in (*found.cases, *found.systems) if one.state == "unfinished"]
    garbage += [Garbage(one.path, CUT_SHORT, one.bytes) for one in cut]
    garbage += [Garbage(path, CUT_SHORT, size) for path, size in found.unfinished.items()]
    garbage += [
        Garbage(f"leases/{one.name}", DEAD, 0)
        for one in found.leases
        if one.held is not True and one.name != "-".join(ACCOUNT)
    ]
    old = [one for one in found.cases if one.id not in planned and one not in cut]
    if earlier:
        garbage += [Garbage(one.path, EARLIER, one.bytes) for one in old]
    kept = [one for one in found.cases if one.id in planned or not earlier]
    systems = [one for one in found.systems if one not in cut]
    if not whole:
        return garbage, "the last run is not whole, and what it lacks may need them"
    needed, unread = _needed(store, kept, systems)
    if unread:
        return garbage, f"{unread} is damaged, and may need them: `store verify --repair` first"
    garbage += [
        Garbage(one.path, UNUSED, one.bytes)
        for one in systems
        if one.id not in needed and _is_id(one.id)
    ]
    return garbage, ""


def _is_id(name: str) -> bool:
    """Return whether a system's name is one that a case could be seen to name."""
    return ids_in({"name": name}) == {name}


def _needed(
    store: Store, cases: Iterable[HeldFolder], systems: Iterable[HeldFolder]
) -> tuple[set[str], str]:
    """Return the ids that cases name, and systems that they name, and so on.

    Returns:
        They, and the path of one that cannot be read, if there is any.
    """
    kept, trained = list(cases), list(systems)
    told = store.glance(kept, lambda name: name.endswith(".json"))
    told |= store.glance(trained, lambda name: name == "spec.json")
    named = {one.path: _ids(told.get(one.path)) for one in (*kept, *trained)}
    needed: set[str] = set()
    waiting = [one.path for one in kept]
    for path in waiting:
        ids = named.get(path, set())
        if ids is None:
            return set(), path
        new = ids - needed
        needed |= new
        waiting += [f"systems/{one}" for one in new]
    return needed, ""


def _ids(found: Found | None) -> set[str] | None:
    """Return the ids that spec and facts name; None where they cannot be read."""
    if found is None or found.damages:
        return None
    try:
        values: Mapping[str, Any] = {
            name: json.loads(content)
            for name, content in found.contents.items()
            if name in ("spec.json", "figures.json")
        }
        return ids_in(values)
    except (ValueError, RecursionError):
        return None


def _remove(store: Store, garbage: Iterable[Garbage], progress: Progress) -> Iterator[str]:
    """Remove what is not needed, and yield the path of each; what somebody took meanwhile stays."""
    listed = sorted(garbage, key=lambda one: one.why != DEAD)  # what they were at is free then
    store.sweep()
    lives = frozenset(store.listing().unfinished) if store.local else frozenset()
    with progress.task("removing", len(listed)) as advance:
        for one in listed:
            if one.path not in lives and _remove_one(store, one):
                yield one.path
            advance(1)


def _remove_one(store: Store, one: Garbage) -> bool:
    top, _, name = one.path.partition("/")
    if one.why == DEAD:
        store.remove_lease(name)
        return True
    if one.why == CUT_SHORT and store.local:
        return True  # by `sweep`, which knows whether its writer lives
    if one.why == ASIDE or not plain(name):
        store.remove_folder(one.path)
        return True
    with store.alone(top, name, wait=False) as mine:
        if not mine or (one.why == CUT_SHORT and store.is_sound(one.path)):
            return False  # somebody writes it, or has just written it
        store.remove_folder(one.path)
        return True
