"""`faceaudit run`."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from faceaudit.allocator import keep_freed_memory
from faceaudit.cli.console import Stopped, complain, out, progress, say, use_all_cores
from faceaudit.cli.limits import say_limits
from faceaudit.cli.parsing import options
from faceaudit.errors import OptionError

if TYPE_CHECKING:
    from faceaudit.audit.runners.base import Runner


def run(
    plan: options.Plan = None,
    set_: options.Overrides = None,
    store: options.StoreOption = options.DEFAULT_STORE,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Give no figure where a validity gate names a flaw."),
    ] = False,
    fail_on: options.FailOnOption = None,
    junit: options.JunitOption = None,
    sarif: options.SarifOption = None,
    show_faces: options.ShowFaces = False,
    show_names: options.ShowNames = False,
    heartbeat: Annotated[
        Path | None,
        typer.Option(
            "--heartbeat",
            metavar="OUT",
            help="Say in this file every few seconds how far the run is; heartbeat.json in the "
            "store if none.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            metavar="N",
            help="Run so many cases at a time, each in a process; if none, as many as there are "
            "cores of those that say how many threads they need, and the others one by one.",
            show_default=False,
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads",
            min=1,
            metavar="N",
            help="CPU threads a case; if none, cores divided by workers. Figures are the same to "
            "the bit for any number of workers where this is the same.",
            show_default=False,
        ),
    ] = None,
    memory: Annotated[
        float | None,
        typer.Option(
            "--memory",
            metavar="GB",
            help="Memory that all cases at a time may take together; on a cluster, each.",
            show_default=False,
        ),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="ADDRESS",
            help="Run cases on a Ray cluster: its address, auto for the one that this machine is "
            "of, or local for this machine alone.",
            show_default=False,
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="CASE",
            help="Run only cases whose title has this in it, or whose id begins so; as often as "
            "needed.",
            show_default=False,
        ),
    ] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="Run only cases that failed before.")
    ] = False,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Begin no case after the first that fails.")
    ] = False,
) -> None:
    """Run an audit and write its report; a run that was stopped goes on where it was.

    The status is 0 where all limits are kept or there are none, 1 where a case failed, 3 where a
    limit is broken, 4 where one is inconclusive, 2 where something went wrong, 130 where it was
    stopped.
    """
    from faceaudit.api.audits import run as run_audit  # noqa: PLC0415 - slow to load
    from faceaudit.audit.plan_file import load_plan  # noqa: PLC0415

    # First: what follows is slow to load, and a wrong plan should not wait for that.
    planned = load_plan(plan, set_ or ()).with_limits(fail_on or ())
    if strict:
        planned.strict()
    runner = _runner(ray, workers, threads, memory)
    keep_freed_memory()
    use_all_cores()
    with _stopped_by_signals(), progress() as bars:
        done = run_audit(
            plan,
            store,
            overrides=set_ or (),
            strict=strict,
            fail_on=fail_on or (),
            junit=junit,
            sarif=sarif,
            heartbeat=heartbeat,
            show_faces=show_faces,
            show_names=show_names,
            progress=bars,
            runner=runner,
            only=only or (),
            failed_before=failed,
            fail_fast=fail_fast,
        )
    left = f", {done.left} left" if done.left else ""
    out.print(
        f"{done.ran} cases run, {done.kept} kept from before, {len(done.failed)} failed{left}"
    )
    say(f"report: {done.report}")
    for title, error in done.failed:
        complain(f"{title}: {error}")
    status = 1 if done.failed else 0
    if done.limits is not None:
        say_limits(done.limits)
        status = done.limits.status
    if status:
        raise typer.Exit(status)


def _runner(
    ray: str | None, workers: int | None, threads: int | None, memory: float | None
) -> Runner:
    """Return where cases run.

    Raises:
        OptionError: workers are asked for on a cluster, whose machines have as many as fit.
    """
    from faceaudit.audit.runners.cluster import RayRunner  # noqa: PLC0415 - slow to load
    from faceaudit.audit.runners.processes import ProcessRunner  # noqa: PLC0415

    taken = None if memory is None else memory * 1e9
    if ray is None:
        return ProcessRunner(workers, threads=threads, memory=taken)
    if workers is not None:
        raise OptionError(
            "expected workers or a cluster, got both; a cluster runs as many cases as its CPUs "
            "allow: leave out --workers"
        )
    return RayRunner(ray, threads=threads or 1, memory=taken)


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let a run that is stopped, by Ctrl-C or by a server that cancels it, say what is kept."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt as stopped:
        raise Stopped(str(stopped)) from None
    finally:
        signal.signal(signal.SIGTERM, before)
