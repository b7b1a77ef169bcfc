"""Running a plan: every case once, whatever happened before."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from faceaudit.audit.common import environment
from faceaudit.audit.common.discretion import Discretion
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import Prepared
from faceaudit.audit.common.looking import looking_once
from faceaudit.audit.common.workspace import Workspace, workspace
from faceaudit.audit.mending import set_damage_aside
from faceaudit.audit.obstacles import plan_obstacles
from faceaudit.audit.pictures import keep_to
from faceaudit.audit.plan import Plan
from faceaudit.audit.prepared import accounts_of, prepare_section
from faceaudit.audit.remarks import plan_remarks
from faceaudit.audit.runners.base import Runner
from faceaudit.audit.runners.choosing import chosen_jobs
from faceaudit.audit.runners.local import LocalRunner
from faceaudit.audit.runners.logs import log_file
from faceaudit.errors import StoreError
from faceaudit.progress import Advance, Progress, count_failed, silent
from faceaudit.store import CaseRecord, Store
from faceaudit.store.accounts import OLDER
from faceaudit.store.pseudonyms import with_names

UNREADABLE: Mapping[str, Any] = {"plan": {"show": {"faces": True, "names": True}}}
"""Stands for an account that cannot be read: what its report shows is not known."""


@dataclass(frozen=True)
class RunSummary:
    """What became of a plan's cases.

    Attributes:
        ran: cases that were run now and did not fail.
        kept: cases that the store already held, or another run finished meanwhile.
        failed: title and error of those that failed.
        left: cases that nobody asked for now, or that had not ended when one failed.
    """

    ran: int
    kept: int
    failed: tuple[tuple[str, str], ...]
    left: int


def run(
    plan: Plan,
    store: Store,
    *,
    progress: Progress = silent,
    runner: Runner | None = None,
    only: Sequence[str] = (),
    failed_before: bool = False,
    fail_fast: bool = False,
) -> RunSummary:
    """Run every case of a plan that the store does not hold yet.

    A run that was killed goes on where it was: packed faces, trained systems and finished cases are
    kept, and a training goes on from its last checkpoint. A case that fails is recorded as failed
    and the others go on; it is tried again by the next run. What is damaged in the store is set
    aside, said in a line, and computed again. Several runs into one store at once share its work.

    Args:
        plan: what to audit.
        store: where everything found goes.
        progress: told of all long work.
        runner: where the cases run; in this process unless given.
        only: run only cases whose title has one of these in it, or whose id begins so.
        failed_before: run only cases that failed before.
        fail_fast: begin no case after the first that fails, and end those at hand.

    Raises:
        OptionError: no case is meant by one of `only`.
        InputError: weights, a detector or a list of pairs is not here or cannot be used.
        SourceError: there are no faces to be had.
        SplitError: there are too few people or photos for the split, an attack or the pairs.
        UnknownName: the plan's target is not enrolled.
        StoreError: the store cannot be written.
    """
    with looking_once():
        for obstacle in plan_obstacles(plan):
            raise obstacle
    said_first = plan_remarks(plan)
    for remark in said_first:
        progress.note(remark)
    started, clock = datetime.now(UTC), time.monotonic()
    store.make()
    work = workspace(store, progress, faces=plan.show.faces)
    with _naming_nobody(plan, work), work.at_hand.shown_by(progress) as at_hand:
        shared = replace(work, progress=at_hand)
        prepared = [
            (kind.name, prepare_section(kind, section, plan, store, shared))
            for kind, section in plan.parts()
        ]
    parts = [part for _, part in prepared]
    jobs = list({job.id: job for part in parts for job in part.jobs}.values())
    asked = chosen_jobs(jobs, store, only=only, failed_before=failed_before)
    discreet = work.discretion
    account = {
        "plan": discreet.values(plan.as_json()),
        "cases": [job.id for job in jobs],
        "pseudonyms": discreet.tag,
        "said_first": list(said_first),
        "left_out": _list_once(parts, "left_out", discreet),
        "remarks": _list_once(parts, "remarks", discreet),
        "sections": {
            name: discreet.values(account) for name, account in accounts_of(prepared).items()
        },
        "versions": environment.versions(),
        "machine": environment.describe_machine(_device_of(parts)),
        "commit": environment.commit(),
        "started": started.isoformat(timespec="seconds"),
    }
    before = _account_before(store)
    damages = list(store.account_damages())
    for damage in damages:
        progress.note(f"{damage}; it is written anew")
        store.remove_page(damage.file)
    if discreet.tag and any(damage.what == OLDER for damage in damages):
        progress.note(
            "the store holds what another version of faceaudit ran, which may have names and "
            "photos of people: they stay there; run into a new store, and delete this one"
        )
    if discreet.tag and before.get("pseudonyms", "") not in ("", discreet.tag):
        progress.note(
            "cases of before have pseudonyms by another machine's secret: who is meant cannot be "
            "told here, nor compared with new cases; for that, run into a new store"
        )
    names = discreet.names if plan.show.names else {}
    store.write_names(names)
    store.write_run({**account, "seconds": None})
    again = set_damage_aside(jobs, store, progress)
    held = store.held(job.id for job in jobs)
    waiting = {
        job.id: replace(job, again=job.id in again)
        for job in jobs
        if job.id in again or job.id not in held
    }
    kept = [job for job in jobs if job.id not in waiting]
    waiting = {id_: job for id_, job in waiting.items() if id_ in asked}
    with _naming_nobody(plan, work):
        keep_to(plan.show, before.get("plan", {}).get("show", {}), kept, store, work)
    with progress.task("cases", len(kept) + len(waiting)) as advance:
        advance(len(kept))
        records = (runner or LocalRunner()).run(list(waiting.values()), store, work)
        became = _Became(waiting, names, work)
        _count_all(records, became, advance, fail_fast=fail_fast)
    store.sweep()  # runs beside this one may have been killed
    left = len(jobs) - len(kept) - became.ran - became.kept - len(became.failed)
    took = None if left else round(time.monotonic() - clock, 1)  # it has not ended
    store.write_run({**account, "seconds": took})
    return RunSummary(became.ran, len(kept) + became.kept, tuple(became.failed), left)


class _Became:
    """What became of the cases of a run so far, said as they fail.

    Attributes:
        ran: how many did not fail.
        kept: how many another run finished.
        failed: title and error of those that failed.
    """

    def __init__(self, jobs: Mapping[str, Job], names: Mapping[str, str], work: Workspace) -> None:
        self._jobs, self._names, self._work = jobs, names, work
        self.ran = self.kept = 0
        self.failed: list[tuple[str, str]] = []

    def count(self, record: CaseRecord) -> None:
        self.ran += record.error is None and not record.kept
        self.kept += record.kept
        if record.error is None:
            return
        progress = self._work.progress
        count_failed(progress)
        title, why = self._jobs[record.id].title, with_names(record.error, self._names)
        self.failed.append((title, why))
        log = log_file(self._work, record.id)
        stays = self._work.temporary is None and log.exists()  # not on another machine of a cluster
        progress.note(f"{title} failed: {why}{f'; its log: {log}' if stays else ''}")


def _count_all(
    records: Iterator[CaseRecord], became: _Became, advance: Advance, *, fail_fast: bool
) -> None:
    """Count cases as they end; after a failure, an error or a Ctrl-C, what still runs is ended."""
    try:
        for record in records:
            became.count(record)
            advance(1)
            if became.failed and fail_fast:
                break
    finally:
        if isinstance(records, Generator):
            records.close()


@contextmanager
def _naming_nobody(plan: Plan, work: Workspace) -> Iterator[None]:
    """Let an error name nobody who is not to be named."""
    try:
        yield
    except Exception as error:
        if not plan.show.names:
            work.discretion.soften(error)
        raise


def _account_before(store: Store) -> Mapping[str, Any]:
    """Return what was run last into a store; nothing where nothing ever was."""
    try:
        return store.run()
    except StoreError:
        return UNREADABLE if store.exists() or any(store.folders()) else {}


def _list_once(
    prepared: Iterable[Prepared], what: Literal["left_out", "remarks"], discreet: Discretion
) -> list[dict[str, str]]:
    """Return what happened to photos, people or pairs as plain values, each once."""
    items = dict.fromkeys(item for part in prepared for item in getattr(part, what))
    return [discreet.item(item) for item in items]


def _device_of(prepared: Iterable[Prepared]) -> str:
    """Return the device of the first section that trains."""
    return next((part.device for part in prepared if part.device), "cpu")
