"""What a store holds, as values and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from faceaudit.store import Store
from faceaudit.store.leases import Lease

SHOWN = 12
"""Letters of an id that are printed."""


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


def megabytes(size: int) -> str:
    """Return bytes in words.

    >>> megabytes(999), megabytes(1_250_000)
    ('999 bytes', '1.2 MB')
    """
    for unit, one in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= one:
            return f"{size / one:,.1f} {unit}"
    return f"{size} bytes"


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


def _plain(listed: Sequence[ListedFolder] | None) -> list[dict[str, Any]] | None:
    return None if listed is None else [asdict(one) for one in listed]
