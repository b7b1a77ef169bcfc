"""`faceaudit run`."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from faceaudit.allocator import keep_freed_memory
from faceaudit.cli.console import Stopped, complain, out, progress, say, use_all_cores
from faceaudit.cli.limits import say_limits
from faceaudit.cli.parsing import options


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
) -> None:
    """Run an audit and write its report; a run that was stopped goes on where it was.

    The status is 0 where all limits are kept or there are none, 1 where a case failed, 3 where a
    limit is broken, 4 where one is inconclusive, 2 where something went wrong, 130 where it was
    stopped.
    """
    from faceaudit.api.audits import run as run_audit  # noqa: PLC0415 - slow to load
    from faceaudit.audit.plan_file import load_plan  # noqa: PLC0415
    from faceaudit.audit.runners.processes import ProcessRunner  # noqa: PLC0415

    # First: what follows is slow to load, and a wrong plan should not wait for that.
    planned = load_plan(plan, set_ or ()).with_limits(fail_on or ())
    if strict:
        planned.strict()
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
            runner=ProcessRunner(),
        )
    out.print(f"{done.ran} cases run, {done.kept} kept from before, {len(done.failed)} failed")
    say(f"report: {done.report}")
    for title, error in done.failed:
        complain(f"{title}: {error}")
    status = 1 if done.failed else 0
    if done.limits is not None:
        say_limits(done.limits)
        status = done.limits.status
    if status:
        raise typer.Exit(status)


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
