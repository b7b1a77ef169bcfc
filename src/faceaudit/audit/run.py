"""Running a plan: every case once, whatever happened before."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from faceaudit.audit.common import environment
from faceaudit.audit.common.kind import Prepared
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.obstacles import plan_obstacles
from faceaudit.audit.plan import Plan
from faceaudit.audit.remarks import plan_remarks
from faceaudit.audit.runners.base import Runner
from faceaudit.audit.runners.local import LocalRunner
from faceaudit.faces.loaded import LeftOut, Remark
from faceaudit.progress import Progress, silent
from faceaudit.store import Store


@dataclass(frozen=True)
class RunSummary:
    """What became of a plan's cases.

    Attributes:
        ran: cases that were run now and did not fail.
        kept: cases that the store already held.
        failed: title and error of those that failed.
    """

    ran: int
    kept: int
    failed: tuple[tuple[str, str], ...]


def run(
    plan: Plan, store: Store, *, progress: Progress = silent, runner: Runner | None = None
) -> RunSummary:
    """Run every case of a plan that the store does not hold yet.

    A run that was killed goes on where it was: packed faces, trained systems and finished cases are
    kept, and a training goes on from its last checkpoint. A case that fails is recorded as failed
    and the others go on; it is tried again by the next run.

    Args:
        plan: what to audit.
        store: where everything found goes.
        progress: told of all long work.
        runner: where the cases run; in this process unless given.

    Raises:
        InputError: weights, a detector or a list of pairs is not here or cannot be used.
        SourceError: there are no faces to be had.
        SplitError: there are too few people or photos for the split, an attack or the pairs.
        UnknownName: the plan's target is not enrolled.
        StoreError: the store cannot be written.
    """
    for obstacle in plan_obstacles(plan):
        raise obstacle
    said_first = plan_remarks(plan)
    for remark in said_first:
        progress.note(remark)
    started, clock = datetime.now(UTC), time.monotonic()
    store.make()
    work = workspace(store, progress)
    prepared = {
        kind.name: kind.prepare(section, plan.seeds, store, work) for kind, section in plan.parts()
    }
    jobs = [job for part in prepared.values() for job in part.jobs]
    account = {
        "plan": plan.as_json(),
        "cases": [job.id for job in jobs],
        "said_first": list(said_first),
        "left_out": _list_once(item for part in prepared.values() for item in part.left_out),
        "remarks": _list_once(item for part in prepared.values() for item in part.remarks),
        "sections": {name: dict(part.account) for name, part in prepared.items()},
        "versions": environment.versions(),
        "machine": environment.describe_machine(_device_of(prepared.values())),
        "commit": environment.commit(),
        "started": started.isoformat(timespec="seconds"),
    }
    store.write_run({**account, "seconds": None})
    waiting = {job.id: job for job in jobs if not store.has_case(job.id)}
    ran, failed = 0, []
    with progress.task("cases", len(jobs)) as advance:
        advance(len(jobs) - len(waiting))
        for record in (runner or LocalRunner()).run(list(waiting.values()), store, work):
            ran += record.error is None
            if record.error is not None:
                title = waiting[record.id].title
                failed.append((title, record.error))
                progress.note(f"{title} failed: {record.error}")
            advance(1)
    store.write_run({**account, "seconds": round(time.monotonic() - clock, 1)})
    return RunSummary(ran, len(jobs) - len(waiting), tuple(failed))


def _list_once(items: Iterable[LeftOut | Remark]) -> list[dict[str, str]]:
    """Return what happened to photos, people or pairs as plain values, each once."""
    unique = dict.fromkeys((item.id, item.reason) for item in items)
    return [{"id": id_, "reason": why} for id_, why in unique]


def _device_of(prepared: Iterable[Prepared]) -> str:
    """Return the device of the first section that trains."""
    return next((part.device for part in prepared if part.device), "cpu")
