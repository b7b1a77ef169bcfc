"""What a store holds: its last run, cases and trained systems, and how large they are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from faceaudit.api.arguments import StoreLike, store_of
from faceaudit.api.store_listed import LastRun, ListedFolder, StoreListing
from faceaudit.audit.common.rows import Row
from faceaudit.audit.kinds import KINDS
from faceaudit.audit.planned import is_whole
from faceaudit.audit.results import rows_or_none
from faceaudit.errors import StoreError
from faceaudit.store import Store
from faceaudit.store.folders import Found
from faceaudit.store.formats import read_case
from faceaudit.store.listing import HeldFolder, Listing

NAMED = ("network", "predictor", "attack", "repair")
"""Keys of a training's spec whose texts say what it is."""


def list_store(
    store: StoreLike = "audit", *, cases: bool = False, systems: bool = False
) -> StoreListing:
    """Return what a store holds; neither evidence nor weights are read.

    Names and sizes are looked at, not digests: `verify_store` does that. Of a store on another
    machine that is a request for each thousand files, and two more; with `cases`, three for each
    case besides, and with `systems`, two for each system, many at once.

    Args:
        store: a `Store`, its folder or its URL.
        cases: list each case as well.
        systems: list each trained system as well.

    Returns:
        Counts, sizes, the last run, and who is at work. A store of another version is listed as
        far as names go, and `why_no_run` says so.

    Raises:
        StoreError: nothing is there, or it cannot be reached or read.

    Example:
        ::

            held = faceaudit.list_store("audit", cases=True)
            print(held.run.done, "of", held.run.cases, "cases,", sum(held.bytes.values()), "bytes")
    """
    kept = store_of(store)
    account, why = account_or_why(kept)
    found = kept.listing()  # last: s3fs asks for sizes again unless it has just listed them
    planned = planned_ids(account)
    known = frozenset(planned)
    run = None if account is None else _last_run(account, planned, found)
    if run is None and not (found.cases or found.systems or found.bytes["account"]):
        raise StoreError(
            f"expected a store with an audit in it, got {kept.url!r}; "
            "try `faceaudit run --store ...` first"
        )
    return StoreListing(
        store=kept,
        run=run,
        why_no_run=why,
        cases=len(found.cases),
        earlier=sum(one.id not in known for one in found.cases) if run else 0,
        systems=len(found.systems),
        set_aside=tuple(one.path for one in found.set_aside),
        unfinished=tuple(found.unfinished),
        leases=found.leases,
        pages=found.pages,
        bytes=found.bytes,
        listed_cases=_listed_cases(kept, found.cases, planned) if cases else None,
        listed_systems=_listed_systems(kept, found.systems) if systems else None,
    )


def account_or_why(store: Store) -> tuple[Mapping[str, Any] | None, str]:
    """Return the account of what was run last, or None and why there is none."""
    try:
        return store.run(), ""
    except StoreError as error:
        return None, str(error)


def planned_ids(account: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the ids of the cases of a run, in their order, each once."""
    cases = () if account is None else account.get("cases")
    return tuple(dict.fromkeys(map(str, cases if isinstance(cases, list) else ())))


def _last_run(account: Mapping[str, Any], planned: Sequence[str], found: Listing) -> LastRun:
    there = {one.id: one.state for one in found.cases}
    states = Counter(there.get(case, "missing") for case in planned)
    plan, versions = account.get("plan"), account.get("versions")
    title = plan.get("title") if isinstance(plan, dict) else None
    told = versions if isinstance(versions, dict) else {}
    return LastRun(
        title=str(title or ""),
        started=str(account.get("started") or ""),
        seconds=account.get("seconds"),
        cases=len(planned),
        done=states["done"],
        failed=states["failed"],
        missing=len(planned) - states["done"] - states["failed"],
        versions={name: str(one) for name, one in told.items()},
        commit=account.get("commit"),
    )


def _listed_cases(
    store: Store, held: Iterable[HeldFolder], planned: Sequence[str]
) -> tuple[ListedFolder, ...]:
    """Return each case; those of the last run first, in its order."""
    of = {one.id: one for one in held}
    order = {case: number for number, case in enumerate(planned)}
    first = sorted(of.values(), key=lambda one: (order.get(one.id, len(order)), one.id))
    read = store.glance(first, lambda name: name.endswith(".json"))
    return tuple(_listed_case(one, read.get(one.path), one.id in order) for one in first)


def _listed_case(one: HeldFolder, found: Found | None, planned: bool) -> ListedFolder:  # noqa: FBT001
    state: str = one.state
    rows: Sequence[Row] | None = None
    if found is not None and found.damages:
        state = "damaged" if state in ("done", "failed") else state
    elif found is not None:
        rows = _rows_of(one.id, found.contents)
        state = "damaged" if rows is None else state
    row = rows[0] if rows else None
    words = () if row is None else (row.system, _attack_words(row), _unless_none(row.mitigation))
    return ListedFolder(
        id=one.id,
        kind="" if row is None else row.kind,
        title=", ".join(filter(None, words)),
        seed=None if row is None else row.seed,
        state=state,
        bytes=one.bytes,
        changed=_when(one.changed),
        planned=planned,
    )


def _rows_of(case: str, files: Mapping[str, bytes]) -> Sequence[Row] | None:
    """Return the rows of a case; nothing of another version's kind, None of what is no case."""
    try:
        record = read_case(case, files)
        if not is_whole(record):
            return None
        known = record.spec["kind"] in {kind.name for kind in KINDS}
        return rows_or_none(record) if known else ()
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def _attack_words(row: Row) -> str:
    if row.attack == "none":
        return "no attack"
    return row.attack if row.samples is None else f"{row.attack} ({row.samples})"


def _unless_none(mitigation: str) -> str:
    return "" if mitigation == "none" else mitigation


def _listed_systems(store: Store, held: Iterable[HeldFolder]) -> tuple[ListedFolder, ...]:
    systems = list(held)
    read = store.glance(systems, lambda name: name == "spec.json")
    return tuple(_listed_system(one, read.get(one.path)) for one in systems)


def _listed_system(one: HeldFolder, found: Found | None) -> ListedFolder:
    state: str = one.state
    kind, title, seed = "", "", None
    if found is not None and found.damages:
        state = "damaged" if state == "done" else state
    elif found is not None:
        kind, title, seed = _system_words(found.contents.get("spec.json", b""))
    return ListedFolder(
        id=one.id,
        kind=kind,
        title=title,
        seed=seed,
        state=state,
        bytes=one.bytes,
        changed=_when(one.changed),
        planned=True,
    )


def _system_words(content: bytes) -> tuple[str, str, int | None]:
    """Return kind, title and seed of a training, as far as its spec has them."""
    try:
        spec = json.loads(content)
    except (ValueError, RecursionError):
        return "", "", None
    if not isinstance(spec, dict):
        return "", "", None
    kind, seed = spec.get("kind"), spec.get("seed")
    words = dict.fromkeys(filter(None, (_first_text(spec, key) for key in NAMED)))
    return (
        kind if isinstance(kind, str) else "",
        ", ".join(words),
        seed if isinstance(seed, int) else None,
    )


def _first_text(values: Mapping[str, Any], key: str) -> str:
    """Return the first text under a key, outer ones first; "" where there is none."""
    waiting: list[Any] = [values]
    for one in waiting:
        if isinstance(one, dict):
            if isinstance(one.get(key), str):
                return str(one[key])
            waiting += one.values()
    return ""


def _when(changed: datetime | None) -> str:
    return "" if changed is None else changed.isoformat(timespec="seconds")
