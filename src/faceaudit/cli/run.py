"""`faceaudit run`."""

from __future__ import annotations

from typing import Annotated

import typer

from faceaudit.allocator import keep_freed_memory
from faceaudit.cli.console import complain, out, progress, say, use_all_cores
from faceaudit.cli.parsing import options


def run(
    plan: options.Plan = None,
    set_: options.Overrides = None,
    store: options.StoreOption = options.DEFAULT_STORE,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Give no figure where a validity gate names a flaw."),
    ] = False,
) -> None:
    """Run an audit and write its report; a run that was stopped goes on where it was."""
    from faceaudit.api.audits import run as run_audit  # noqa: PLC0415 - slow to load
    from faceaudit.api.audits import write_report  # noqa: PLC0415
    from faceaudit.audit.plan_file import load_plan  # noqa: PLC0415
    from faceaudit.audit.runners.processes import ProcessRunner  # noqa: PLC0415

    planned = load_plan(plan, set_ or ())  # first: what follows is slow to load
    if strict:
        planned = planned.strict()
    keep_freed_memory()
    use_all_cores()
    with progress() as bars:
        done = run_audit(planned, store, report=False, progress=bars, runner=ProcessRunner())
    out.print(f"{done.ran} cases run, {done.kept} kept from before, {len(done.failed)} failed")
    say(f"report: {write_report(done.store)}")
    if done.failed:
        for title, error in done.failed:
            complain(f"{title}: {error}")
        raise typer.Exit(1)
