"""A store copied to another place, whatever file systems the two are on.

What was copied before stays where it is, so that a copy that was cut short goes on. Every file is
held against its digest on the way; each folder gets its `complete` last, and the account of the run
comes after all folders.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from faceaudit.errors import StoreError
from faceaudit.progress import Progress, silent
from faceaudit.store.files import plain
from faceaudit.store.listing import HeldFolder
from faceaudit.store.manifest import Damage
from faceaudit.store.store import Store

_FILE = re.compile(r"(?:[\w-][\w.-]{0,150}/)?[\w-][\w.-]{0,150}")
"""Names of files in a folder that a run writes: none leads out of it."""
_PAGE = re.compile(r"[\w][\w .-]{0,150}\.(?:html|pdf|md)")
"""Names of files beside cases and systems that are copied."""


@dataclass(frozen=True)
class Copied:
    """What became of a copy.

    Attributes:
        copied: paths of folders that were copied now.
        kept: how many folders were there already.
        damages: what is damaged where it came from, and was left out.
        pages: reports that were copied now.
        kept_pages: reports that were there before, by the names that they have now.
        left_pages: reports that were left out, as they may show names.
        size: bytes that were copied.
    """

    copied: tuple[str, ...]
    kept: int
    damages: tuple[Damage, ...]
    pages: tuple[str, ...]
    kept_pages: tuple[str, ...]
    left_pages: tuple[str, ...]
    size: int


def copy_store(
    source: Store, target: Store, *, names: bool = False, progress: Progress = silent
) -> Copied:
    """Copy cases, systems, reports and the account of the last run.

    Args:
        source: only read.
        target: where it goes; what it holds stays, but for folders that differ.
        names: copy what pseudonyms stand for as well, and reports that may show it.
        progress: told of each folder.

    Raises:
        StoreError: there is nothing to copy, both are one place, the target holds another audit or
            one of another version, somebody is at work there, or one of them cannot be reached,
            read or written.
    """
    account, told = source.run(), source.names()
    held = source.listing()
    folders = [*held.systems, *held.cases]
    _check_target(source, target, account, folders)
    target.make()
    there = target.listing()
    old = {one.path: one for one in (*there.systems, *there.cases)}
    kept = _kept(source, target, folders, old)
    copied: list[str] = []
    damages: list[Damage] = []
    size = 0
    with progress.task("copying", len(folders)) as advance:
        for one in folders:
            if one.path not in kept:
                found = _read(source, one.path)
                if isinstance(found, tuple):
                    damages += found
                elif found is not None:
                    target.write_folder(one.path, found)
                    copied.append(one.path)
                    size += sum(map(len, found.values()))
            advance(1)
    may_name = names or not (told or _shows_names(account))
    pages = [page for page in held.pages if _PAGE.fullmatch(page)]
    written, renamed = _copy_pages(source, target, pages if may_name else (), there.pages)
    if names and told:
        target.write_names(told)
    target.write_run({name: value for name, value in account.items() if name != "schema"})
    left = () if may_name else tuple(pages)
    return Copied(
        tuple(copied), len(kept), tuple(damages), tuple(written), tuple(renamed), left, size
    )


def _check_target(
    source: Store, target: Store, account: Mapping[str, Any], folders: Iterable[HeldFolder]
) -> None:
    """Refuse a target that is the source, is at work, or would lose the account of its own run.

    Raises:
        StoreError: it is so.
    """
    if source.overlaps(target):
        raise StoreError(
            f"expected a place outside {source.url!r} to copy it to, got {target.url!r}; name "
            "another"
        )
    if target.exists():
        known = {one.id for one in folders} | set(account["cases"])
        other = [case for case in target.run()["cases"] if case not in known]
        if other:
            raise StoreError(
                f"expected a place without another audit, got {target.url!r}, whose last run has "
                f"{len(other):,} cases that {source.url!r} has not; name another"
            )
    check_idle(target)


def check_idle(store: Store) -> None:
    """Refuse a store that a run is at.

    Raises:
        StoreError: somebody holds a lease there.
    """
    held = store.at_work()
    if held:
        by = f" ({held[0].holder})" if held[0].holder else ""
        raise StoreError(
            f"expected a store that nobody is at, got {store.url!r}, where a run{by} is at "
            f"{held[0].name}; wait for its end and try again"
        )


def _kept(
    source: Store,
    target: Store,
    folders: Iterable[HeldFolder],
    there: Mapping[str, HeldFolder],
) -> frozenset[str]:
    """Return what needs no copying: folders that are there alike, or there done and here failed.

    Two that are alike have files of the same sizes and one list of digests, written last. On this
    machine the target's files are held against it, too.
    """
    alike = [
        one.path for one in folders if one.path in there and there[one.path].sizes == one.sizes
    ]
    ours, theirs = source.completes(alike), target.completes(alike)
    same = {
        path
        for path in alike
        if ours.get(path) and ours[path] == theirs.get(path)
        if not target.local or target.is_sound(path)
    }
    better = {
        one.path
        for one in folders
        if one.state == "failed" and one.path in there and there[one.path].state == "done"
        if target.is_sound(one.path)
    }
    return frozenset(same | better)


def _read(source: Store, folder: str) -> Mapping[str, bytes] | tuple[Damage, ...] | None:
    """Return the files of a folder; what is wrong with it; or None of one that is being written."""
    if not plain(folder.partition("/")[2]):
        return (Damage(folder, "has a name that no run gives"),)
    found = source.folder(folder)
    if found is None:
        return None
    strange = [name for name in found.contents if not _FILE.fullmatch(name)]
    if strange:
        return (Damage(folder, "has a file by a name that no run gives"),)
    return found.damages or found.contents


def _shows_names(account: Mapping[str, Any]) -> bool:
    plan = account.get("plan")
    show = plan.get("show") if isinstance(plan, dict) else None
    return bool(show.get("names")) if isinstance(show, dict) else False


def _page(store: Store, page: str) -> bytes | None:
    """Return a report; None of a link, and of one that is gone."""
    try:
        return store.page(page)
    except FileNotFoundError:
        return None


def _copy_pages(
    source: Store, target: Store, pages: Iterable[str], there: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Copy reports; one that is there and differs is kept under a name with its digest."""
    written, renamed = [], []
    for page in pages:
        content = _page(source, page)
        before = _page(target, page) if page in there else None
        if content is None or before == content:
            continue
        if before is not None:
            name = PurePosixPath(page)
            aside = f"{name.stem}-{hashlib.sha256(before).hexdigest()[:12]}{name.suffix}"
            target.write_page(aside, before)
            renamed.append(aside)
        target.write_page(page, content)
        written.append(page)
    return written, renamed
