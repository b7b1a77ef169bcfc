"""Which audits there are to look at: the app's own, and stores that it was started with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

import faceaudit
from faceaudit.app import work
from faceaudit.app.damage import DAMAGED
from faceaudit.app.own_audits import folder_of, work_of
from faceaudit.app.settings import Settings
from faceaudit.app.work import Work
from faceaudit.cleaning import clean
from faceaudit.errors import FaceAuditError

LONGEST = 40
"""Letters of an audit's name at most, which are those of its folder."""


@dataclass(frozen=True)
class Audit:
    """An audit to look at.

    Attributes:
        key: what it is called in the address of the page.
        store: where it is: a folder, or an fsspec URL.
        title: the plan's.
        plan: the plan's file; None of a store that the app did not start.
        work: how far its run is; "absent" of a store that the app did not start.
        when: when its last run began; None while there is nothing in its store.
        cases: how many cases the plan has, as the store knows it.
    """

    key: str
    store: str
    title: str
    plan: Path | None
    work: Work
    when: datetime | None
    cases: int = 0

    @property
    def readable(self) -> bool:
        """Whether anything was measured and written down."""
        return self.when is not None


def audits(settings: Settings) -> tuple[Audit, ...]:
    """Return the audits there are: running ones first, then the latest."""
    found = [*_own(settings), *_given(settings)]
    return tuple(
        sorted(
            found,
            key=lambda one: (
                one.work.state != "running",
                -(one.when.timestamp() if one.when else 0.0),
                one.key,
            ),
        )
    )


def unused_key(settings: Settings, title: str) -> str:
    """Return a name for a new audit that no other has, made of its title.

    It is letters of ASCII, digits and "-" alone.
    """
    base = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:LONGEST].strip("-") or "audit"
    folder, number, key = folder_of(settings), 1, base
    while (folder / key).exists() or (folder / f"{key}.yaml").exists():
        number += 1
        key = f"{base}-{number}"
    return key


def _own(settings: Settings) -> Iterator[Audit]:
    for plan in sorted(folder_of(settings).glob("*.yaml")):
        if not work.NAMES.fullmatch(plan.stem):
            continue
        store = plan.with_suffix("")
        title, when, cases = _facts(str(store))
        yield Audit(
            plan.stem,
            str(store),
            title or _title(plan) or plan.stem,
            plan,
            work.look(settings, work_of(plan.stem)),
            when,
            cases,
        )


def _given(settings: Settings) -> Iterator[Audit]:
    for number, store in enumerate(settings.stores, 1):
        title, when, cases = _facts(store)
        name = store.rstrip("/").rsplit("/", 1)[-1]
        yield Audit(f"store.{number}", store, title or name, None, Work("absent"), when, cases)


def _facts(store: str) -> tuple[str, datetime | None, int]:
    """Return the title of what was run last, when that began, and how many cases it has."""
    try:
        run = faceaudit.Store(store).run()
        title, cases = str((run.get("plan") or {}).get("title", "")), len(run.get("cases", ()))
    except (FaceAuditError, *DAMAGED):  # nothing in it yet, or nothing to be read
        return "", None, 0
    try:
        when = datetime.fromisoformat(str(run.get("started", ""))).astimezone()
    except (ValueError, OverflowError, OSError):
        when = datetime.fromtimestamp(0).astimezone()
    return clean(title), when, cases


def _title(plan: Path) -> str:
    """Return the title of a plan whose run wrote nothing yet."""
    try:
        found = yaml.safe_load(plan.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return ""
    return clean(found.get("title") or "") if isinstance(found, dict) else ""
