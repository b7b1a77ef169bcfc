"""`faceaudit run`."""

from __future__ import annotations

from typing import Annotated

import typer

from faceaudit.cli.console import complain, out, progress, use_all_cores
from faceaudit.cli.parsing import options
from faceaudit.cli.report import write_report
from faceaudit.errors import OptionError


def run(
    plan: options.Plan = None,
    set_: options.Overrides = None,
    store: options.StoreOption = options.DEFAULT_STORE,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Give no privacy figure where the validity gate fails."),
    ] = False,
) -> None:
    """Run an audit and write its report; a run that was stopped goes on where it was."""
    from faceaudit import audit  # noqa: PLC0415 - slow to load
    from faceaudit.store import Store  # noqa: PLC0415

    use_all_cores()
    planned = audit.load_plan(plan, set_ or ())
    if strict:
        if planned.privacy is None:
            raise OptionError("expected a plan with privacy for --strict, got none; leave it out")
        privacy = planned.privacy.model_copy(update={"strict": True})
        planned = planned.model_copy(update={"privacy": privacy})
    kept = Store(store)
    with progress() as bars:
        outcome = audit.run(planned, kept, progress=bars)
    out.print(
        f"{outcome.ran} cases run, {outcome.kept} kept from before, {len(outcome.failed)} failed"
    )
    write_report(kept, None)
    if outcome.failed:
        for title, error in outcome.failed:
            complain(f"{title}: {error}")
        raise typer.Exit(1)
