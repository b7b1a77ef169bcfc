"""What a store holds: its last run, cases and trained systems, and how large they are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from faceaudit.api.arguments import StoreLike, store_of
from faceaudit.audit.common.rows import Row
from faceaudit.audit.kinds import KINDS
from faceaudit.audit.planned import is_whole
from faceaudit.audit.results import rows_or_none
from faceaudit.errors import StoreError
from faceaudit.store import Store
from faceaudit.store.folders import Found
from faceaudit.store.formats import read_case
from faceaudit.store.leases import Lease
from faceaudit.store.listing import HeldFolder, Listing

SHOWN = 12
"""Letters of an id that are printed."""
NAMED = ("network", "predictor", "attack", "repair")
"""Keys of a training's spec whose texts say what it is."""


@dataclass(frozen=True)
class LastRun:
    """What was run last into a store.

    Attributes:
        title: of its plan.
        started: when, in UTC.
        seconds: how long it took; None when it did not end.
        cases: how many its plan has.
        done: how many of them are there and did not fail.
        failed: how many failed.
        missing: how many are not there, or not whole.
        versions: of faceaudit and what it rests on.
        commit: that faceaudit was at, where that was known.
    """

    title: str
    started: str
    seconds: float | None
    cases: int
    done: int
    failed: int
    missing: int
    versions: Mapping[str, str]
    commit: str | None


@dataclass(frozen=True)
class ListedFolder:
    """A case or a trained system.

    Attributes:
        id: of it.
        kind: of audit; of a system, the network.
        title: in a few words.
        seed: the plan's; None where that is not known.
        state: "done", "failed", "unfinished", "of another version" or "damaged".
        bytes: of all its files.
        changed: when it was written, in UTC; "" where that is not known.
        planned: whether the last run has the case; of a system, always True.
    """

    id: str
    kind: str
    title: str
    seed: int | None
    state: str
    bytes: int
    changed: str
    planned: bool


@dataclass(frozen=True)
class StoreListing:
    """What a store holds.

    Attributes:
        store: what was looked at.
        run: the last run; None where there is no account of it that can be read.
        why_no_run: why there is none.
        cases: how many cases are there, whatever they look like.
        earlier: how many of them the last run does not have.
        systems: how many trained systems are there.
        set_aside: what was found damaged and set aside, by path.
        unfinished: what writes that go on, or were cut short, have left, by path.
        leases: who is at what, or was when they were killed.
        pages: reports and other files beside cases and systems.
        bytes: by what they are of.
        listed_cases: each case, where they were asked for.
        listed_systems: each system, where they were asked for.
    """

    store: Store
    run: LastRun | None
    why_no_run: str
    cases: int
    earlier: int
    systems: int
    set_aside: tuple[str, ...]
    unfinished: tuple[str, ...]
    leases: tuple[Lease, ...]
    pages: tuple[str, ...]
    bytes: Mapping[str, int]
    listed_cases: tuple[ListedFolder, ...] | None = None
    listed_systems: tuple[ListedFolder, ...] | None = None

    def lines(self) -> tuple[str, ...]:
        """Return it in lines, as the command line prints them."""
        lines = _run_lines(self.run) if self.run else [f"last run: {self.why_no_run}"]
        earlier = f", of which {self.earlier:,} of earlier plans" if self.earlier else ""
        lines += [f"cases: {self.cases:,}{earlier}", f"trained systems: {self.systems:,}"]
        lines += [f"set aside: {len(self.set_aside):,}"] if self.set_aside else []
        lines += [f"half written: {len(self.unfinished):,}"] if self.unfinished else []
        lines += [f"lease: {_lease_words(one)}" for one in self.leases]
        lines += [f"beside them: {', '.join(self.pages)}"] if self.pages else []
        sizes = ", ".join(f"{what} {megabytes(many)}" for what, many in self.bytes.items() if many)
        lines.append(f"size: {megabytes(sum(self.bytes.values()))} ({sizes or 'nothing'})")
        for what, listed in (("case", self.listed_cases), ("system", self.listed_systems)):
            lines += _table(what, listed) if listed else []
        return tuple(lines)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "store": self.store.url,
            "run": None if self.run is None else asdict(self.run),
            "why_no_run": self.why_no_run,
            "cases": self.cases,
            "earlier": self.earlier,
            "systems": self.systems,
            "set_aside": list(self.set_aside),
            "unfinished": list(self.unfinished),
            "leases": [asdict(one) for one in self.leases],
            "pages": list(self.pages),
            "bytes": dict(self.bytes),
            "listed_cases": _plain(self.listed_cases),
            "listed_systems": _plain(self.listed_systems),
        }


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
    found = kept.listing()
    run, planned, why = last_run_of(kept, found)
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
        earlier=sum(one.id not in planned for one in found.cases) if run else 0,
        systems=len(found.systems),
        set_aside=tuple(one.path for one in found.set_aside),
        unfinished=tuple(found.unfinished),
        leases=found.leases,
        pages=found.pages,
        bytes=found.bytes,
        listed_cases=_listed_cases(kept, found.cases, planned) if cases else None,
        listed_systems=_listed_systems(kept, found.systems) if systems else None,
    )


def last_run_of(store: Store, found: Listing) -> tuple[LastRun | None, Sequence[str], str]:
    """Return what was run last, the ids of its cases, and why there is none where it is so."""
    try:
        account = store.run()
    except StoreError as error:
        return None, (), str(error)
    planned = tuple(dict.fromkeys(map(str, account.get("cases") or ())))
    there = {one.id: one.state for one in found.cases}
    states = Counter(there.get(case, "missing") for case in planned)
    plan = account.get("plan")
    title = plan.get("title") if isinstance(plan, dict) else None
    run = LastRun(
        title=str(title or ""),
        started=str(account.get("started") or ""),
        seconds=account.get("seconds"),
        cases=len(planned),
        done=states["done"],
        failed=states["failed"],
        missing=len(planned) - states["done"] - states["failed"],
        versions={name: str(one) for name, one in (account.get("versions") or {}).items()},
        commit=account.get("commit"),
    )
    return run, planned, ""


def megabytes(size: int) -> str:
    """Return bytes in words.

    >>> megabytes(999), megabytes(1_250_000)
    ('999 bytes', '1.2 MB')
    """
    for unit, one in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= one:
            return f"{size / one:,.1f} {unit}"
    return f"{size} bytes"


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


def _run_lines(run: LastRun) -> list[str]:
    took = "did not end" if run.seconds is None else f"{run.seconds:,.1f} s"
    states = [f"{run.done:,} done", f"{run.failed:,} failed", f"{run.missing:,} missing"]
    said = ", ".join(f"{name} {one}" for name, one in run.versions.items())
    commit = f"; commit {run.commit[:SHOWN]}" if run.commit else ""
    return [
        f"last run: {run.title or 'untitled'}, {run.started}, {took}",
        f"its cases: {run.cases:,}; {', '.join(states)}",
        f"versions: {said}{commit}",
    ]


def _lease_words(lease: Lease) -> str:
    held = {True: "held", False: "left by a killed run", None: "held, or left by a killed run"}
    by = f" by {lease.holder}" if lease.holder else ""
    return f"{lease.name}: {held[lease.held]}{by}"


def _table(what: str, listed: Sequence[ListedFolder]) -> list[str]:
    heads = (what, "kind", "title", "seed", "state", "size", "written")
    rows = [
        (
            one.id[:SHOWN],
            one.kind,
            one.title,
            "" if one.seed is None else str(one.seed),
            one.state if one.planned else f"{one.state}, of an earlier plan",
            megabytes(one.bytes),
            one.changed,
        )
        for one in listed
    ]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (heads, *rows)
    ]


def _when(changed: datetime | None) -> str:
    return "" if changed is None else changed.isoformat(timespec="seconds")


def _plain(listed: Sequence[ListedFolder] | None) -> list[dict[str, Any]] | None:
    return None if listed is None else [asdict(one) for one in listed]
