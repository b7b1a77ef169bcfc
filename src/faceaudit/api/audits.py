"""Audits: check a plan, and run it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faceaudit.api.arguments import StoreLike, StrPath, check_outputs, output_of, shown, store_of
from faceaudit.api.heartbeat import HEARTBEAT, Heartbeat
from faceaudit.api.limits import EXAMPLE, LimitsCheck, check_fail_on, check_limits
from faceaudit.api.reports import write_report
from faceaudit.api.results import Results, results
from faceaudit.audit.common.cost import Cost
from faceaudit.audit.common.discretion import without_people
from faceaudit.audit.common.looking import looking_once
from faceaudit.audit.cost import estimate_cost
from faceaudit.audit.forecast import Forecast, forecast
from faceaudit.audit.kept import count_kept
from faceaudit.audit.obstacles import ABSENT, plan_obstacles
from faceaudit.audit.plan import Plan
from faceaudit.audit.plan_file import DEFAULT, load_plan
from faceaudit.audit.remarks import plan_remarks
from faceaudit.audit.run import RunSummary
from faceaudit.audit.run import run as run_plan
from faceaudit.errors import FaceAuditError, OptionError
from faceaudit.progress import Progress, silent
from faceaudit.store import Store

if TYPE_CHECKING:
    from faceaudit.audit.runners.base import Runner

__all__ = [
    "AuditRun",
    "PlanCheck",
    "PlanLike",
    "Results",
    "check",
    "check_overrides",
    "results",
    "run",
    "write_report",
]

PlanLike = Plan | Mapping[str, Any] | StrPath | None
"""A plan: itself, plain values, a YAML file, the name of an example, or None for the default."""


@dataclass(frozen=True)
class PlanCheck:
    """A plan whose keys and values are valid, whether it would run to its end, and its cost.

    Attributes:
        plan: with all defaults filled in.
        cost: an upper bound of the work; None where only reading the photos would tell.
        absent_files: weights and lists that the plan needs and that are not here, each with the
            option that names another.
        obstacles: why a run would fail, each with what to try; absent files are among them.
        remarks: what to know before the figures are read.
        store: the store that was looked into; empty for none.
        kept: how many of the cases it holds already; None where only a run would tell.
        forecast: how long a run would take here, and in how much memory; None where this was not
            asked for, or cannot be told.
    """

    plan: Plan
    cost: Cost
    absent_files: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    store: str = ""
    kept: int | None = None
    forecast: Forecast | None = None


@dataclass(frozen=True)
class AuditRun(RunSummary):
    """What became of a plan's cases, and where it is.

    Attributes:
        ran: cases that were run now and did not fail.
        kept: cases that the store already held.
        failed: title and error of those that failed.
        left: cases that nobody asked for now, or that were not begun after a failure.
        store: holds everything found.
        report: the report's file, or its URL where the store is no folder of this machine; None
            where none was written.
        limits: what became of the limits of the plan and of `fail_on`; None where there are none.
    """

    store: Store
    report: Path | str | None = None
    limits: LimitsCheck | None = None


def run(
    plan: PlanLike = None,
    store: StoreLike = "audit",
    *,
    overrides: Sequence[str] = (),
    strict: bool = False,
    report: bool = True,
    fail_on: Sequence[str] = (),
    junit: StrPath | None = None,
    sarif: StrPath | None = None,
    heartbeat: StrPath | None = None,
    show_faces: bool = False,
    show_names: bool = False,
    progress: Progress = silent,
    runner: Runner | None = None,
    only: Sequence[str] = (),
    failed_before: bool = False,
    fail_fast: bool = False,
) -> AuditRun:
    """Run an audit and write its report; a run that was stopped goes on where it was.

    Packed faces, trained systems and finished cases are kept in the store, and a training goes on
    from its last checkpoint. A case that fails is recorded as failed, the others go on, and the
    next run tries it again.

    Args:
        plan: a `Plan`, plain values, a YAML file, or the name of a plan that ships with faceaudit,
            such as "chen2017-small"; "default" when None.
        store: the folder or fsspec URL for everything found, or a `Store`.
        overrides: changes of the plan, as in `backdoor.attacks.0.samples=20`.
        strict: give no figure where a validity gate names a flaw.
        report: write `report.html` into the store.
        fail_on: limits as in `backdoor.success>0.15`, besides those of the plan.
        junit: write what became of limits to this file as JUnit XML.
        sarif: write what became of limits to this file as SARIF 2.1.0.
        heartbeat: say in this file every few seconds how far the run is; `heartbeat.json` in the
            store when None, or nowhere where the store is no folder of this machine.
        show_faces: keep and show photos of real people, as the plan's `show.faces`.
        show_names: keep and show names of real people and photos, as the plan's `show.names`.
        progress: told of all long work.
        runner: where the cases run; in this process unless given. `ProcessRunner(4)` runs four at
            a time.
        only: run only cases whose title has one of these in it, or whose id begins so.
        failed_before: run only cases that failed before.
        fail_fast: begin no case after the first that fails.

    Returns:
        How many cases ran, which failed and why, where the report is, and what became of limits.

    Raises:
        OptionError: the plan or a limit has a wrong key or value, or a file cannot be read or
            written. Where a limit names what no case has, such as a mitigation, that is found out
            when all is measured and kept.
        SourceError: there are no faces to be had.
        SplitError: there are too few people or photos.
        StoreError: the store cannot be read or written.

    Example:
        ::

            done = faceaudit.run("plan.yaml", store="audit")
            print(done.ran, done.failed, done.report)
    """
    planned = load_plan(plan, check_overrides(overrides)).with_limits(check_fail_on(fail_on))
    planned = planned.showing(faces=show_faces, names=show_names)
    asked = _check_only(only)
    if strict:
        planned = planned.strict()
    kept = store_of(store)
    named = DEFAULT if plan is None else plan
    plan_file = named if isinstance(named, str | os.PathLike) else None
    outputs = {"JUnit": junit, "SARIF": sarif, "the heartbeat": heartbeat}
    check_outputs(outputs, kept, spared=plan_file)
    files = [None if one is None else output_of(one, "a file to write") for one in (junit, sarif)]
    if any(files) and not planned.limits:
        raise OptionError(
            "expected a limit to write JUnit or SARIF about, got none in the plan or beside it; "
            f"try --fail-on {EXAMPLE!r}"
        )
    with _beating(heartbeat, kept, progress) as watched, _told_what_is_kept(planned, kept):
        done = run_plan(
            planned,
            kept,
            progress=watched,
            runner=runner,
            only=asked,
            failed_before=failed_before,
            fail_fast=fail_fast,
        )
        show, page = planned.show, None
        if report:
            page = write_report(kept, show_faces=show.faces, show_names=show.names)
    limits = _judge(kept) if planned.limits else None
    if limits is not None and junit is not None:
        limits.write_junit(junit)
    if limits is not None and sarif is not None:
        limits.write_sarif(sarif, plan_file)
    return AuditRun(done.ran, done.kept, done.failed, done.left, kept, page, limits)


def _beating(
    path: StrPath | None, store: Store, progress: Progress
) -> AbstractContextManager[Progress]:
    """Return progress that is also written to a file, where there is a place for it."""
    if path is None and not store.local:
        return nullcontext(progress)
    file = Path(store.root) / HEARTBEAT if path is None else output_of(path, "the heartbeat")
    return Heartbeat(file, progress)


@contextmanager
def _told_what_is_kept(plan: Plan, store: Store) -> Iterator[None]:
    """Let a `KeyboardInterrupt` say how much of the work is kept."""
    try:
        yield
    except KeyboardInterrupt:
        account = store.run() if store.exists() else {}
        same = without_people(account.get("plan")) == without_people(plan.as_json())
        cases = set(account["cases"]) if same else set()
        done = sum(map(store.has_case, cases))
        counted = f"{done} of {len(cases)} cases" if cases else "no case yet"
        raise KeyboardInterrupt(
            f"stopped; kept in {store.url}: {counted}, and whatever was read and trained"
        ) from None


def _judge(store: Store) -> LimitsCheck:
    try:
        return check_limits(store)
    except OptionError as error:
        raise OptionError(
            f"{error}; all cases are kept in {store.url}: mend the limit and give the same command "
            "again"
        ) from None


def check(
    plan: PlanLike = None,
    *,
    overrides: Sequence[str] = (),
    plan_only: bool = False,
    store: StoreLike | None = None,
    timed: bool = False,
) -> PlanCheck:
    """Tell whether a plan would run to its end, and what it would cost; nothing is computed.

    Args:
        plan: as `run` takes it.
        overrides: changes of the plan, as in `backdoor.attacks.0.samples=20`.
        plan_only: look at the plan alone: no photo is counted, no file of weights is read.
        store: also say which cases this store holds already.
        timed: also say how long a run would take here: for a few seconds networks, photos and
            detector of the plan are timed, once a day.

    Returns:
        The plan, its cost, what it needs that is not here, and everything else that a run would
        fail for.

    Raises:
        OptionError: the plan has a wrong key or value, or its file cannot be read.
        InputError: the store is none.

    Example:
        >>> import faceaudit
        >>> checked = faceaudit.check("default", plan_only=True)
        >>> checked.plan.title, checked.cost.cases
        ('DeepID on synthetic people', 48)
    """
    planned = load_plan(plan, check_overrides(overrides))
    if plan_only:
        return PlanCheck(planned, estimate_cost(planned, look=False))
    where = None if store is None else store_of(store)
    with looking_once():
        return _look_at(planned, where, timed=timed)


def _look_at(planned: Plan, where: Store | None, *, timed: bool) -> PlanCheck:
    obstacles = tuple(map(str, plan_obstacles(planned)))
    absent = tuple(line for line in obstacles if line.startswith(ABSENT))
    kept = None if where is None or obstacles else count_kept(planned, where)
    return PlanCheck(
        planned,
        _known_cost(planned),
        absent_files=tuple(line.removeprefix(ABSENT) for line in absent),
        obstacles=obstacles,
        remarks=plan_remarks(planned),
        store="" if where is None else where.url,
        kept=kept,
        forecast=forecast(planned, where, kept=kept or 0) if timed and not obstacles else None,
    )


def _known_cost(plan: Plan) -> Cost:
    """Return what a plan would cost, as far as that can be told."""
    try:
        return estimate_cost(plan)
    except FaceAuditError:
        return estimate_cost(plan, look=False)


def _check_only(only: object) -> Sequence[str]:
    """Return parts of titles as they are.

    Raises:
        OptionError: they are no list of texts.
    """
    if isinstance(only, str) or not isinstance(only, Sequence):
        raise OptionError(f"expected a list of parts of titles, got {shown(only)}; try ['blended']")
    if not all(isinstance(one, str) for one in only):
        raise OptionError(f"expected parts of titles as text, got {shown(only)}; try ['blended']")
    return only


def check_overrides(overrides: object) -> Sequence[str]:
    """Return changes of a plan as they are.

    Raises:
        OptionError: they are no list of texts.
    """
    if isinstance(overrides, str) or not isinstance(overrides, Sequence):
        raise OptionError(
            f"expected a list of overrides, got {shown(overrides)}; try ['seeds=[0, 1]']"
        )
    if not all(isinstance(one, str) for one in overrides):
        raise OptionError(f"expected overrides as KEY=VALUE, got {shown(overrides)}")
    return overrides
