"""What is damaged in a store: set aside before a run, and computed again by it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from faceaudit.audit.common.job import Job
from faceaudit.progress import Progress
from faceaudit.store import Store
from faceaudit.store.manifest import EMPTY

_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def set_damage_aside(jobs: Sequence[Job], store: Store, progress: Progress) -> frozenset[str]:
    """Set the damaged cases and systems of a store aside, with a line each.

    Args:
        jobs: those of the run that follows.
        store: what it is run into.
        progress: told of each; of those that another version left, once.

    Returns:
        The ids of cases that are kept, and rest on a system that was set aside: to be run again,
        so that it is trained again.

    Raises:
        StoreError: the store cannot be written.
    """
    ours = {f"cases/{job.id}" for job in jobs}
    gone, older = set(), 0
    for folder in list(store.folders()):
        if not (store.local or folder in ours):
            continue  # read over the network for nothing: whoever needs it looks at it
        found = store.set_aside_damaged(folder)
        if found is None:
            continue
        kind, _, name = folder.partition("/")
        if kind == "systems":
            gone.add(name)
        if found.damages[0].what == EMPTY:
            older += 1
        elif folder in ours:
            progress.note(f"{found}; it is computed again")
        else:
            progress.note(f"{found}; a run that needs it computes it again")
    if older:
        progress.note(
            f"the store holds {older:,} cases and systems of another version of faceaudit: they "
            "are set aside in its folder damaged, and what this run needs is computed again"
        )
    before = store.systems_aside() - gone
    again = frozenset(_resting_on(gone | before, (job.id for job in jobs), store))
    if again and not gone:
        progress.note(
            f"{len(again):,} kept cases rest on systems that were set aside before; they are run "
            "again"
        )
    return again


def _resting_on(gone: Collection[str], cases: Iterable[str], store: Store) -> Iterable[str]:
    """Yield the kept cases that name a system that is gone, or a system that was made of one."""
    known: dict[str, set[str]] = {}
    for case in cases if gone else ():
        if not store.has_case(case):
            continue
        record = store.case(case, figures_only=True)
        named = ids_in({"spec": record.spec, "facts": record.facts})
        seen: set[str] = set()
        while named - seen:
            system = (named - seen).pop()
            seen.add(system)
            if system not in known:
                known[system] = (
                    ids_in(store.system_spec(system)) if store.has_system(system) else set()
                )
            named |= known[system]
        if not seen.isdisjoint(gone):
            yield case


def ids_in(values: Mapping[str, Any]) -> set[str]:
    """Return everything in plain values that looks like the id of a case or a system."""
    return set(_ID.findall(json.dumps(values)))
