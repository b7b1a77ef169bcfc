"""`faceaudit limits`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from faceaudit.cli.console import STDOUT, complain, progress, say, write_json
from faceaudit.cli.parsing import options

if TYPE_CHECKING:
    from faceaudit.api.limits import LimitsCheck


def limits(
    store: options.StoreArgument = options.DEFAULT_STORE,
    fail_on: options.FailOnOption = None,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="PLAN",
            help="The plan whose lines SARIF points to; the store's run.json if none.",
            show_default=False,
        ),
    ] = None,
    junit: options.JunitOption = None,
    sarif: options.SarifOption = None,
    json_: options.JsonOption = None,
) -> None:
    """Hold limits against a store's figures; nothing is run.

    The status is 0 where all limits are kept, 1 where a case failed or is missing, 3 where a limit
    is broken, 4 where one is inconclusive, 2 where something went wrong.
    """
    from faceaudit.api.arguments import check_outputs, store_of  # noqa: PLC0415 - slow to load
    from faceaudit.api.limits import check_limits  # noqa: PLC0415

    file = None if json_ == STDOUT else json_
    outputs = {"--junit": junit, "--sarif": sarif, "--json": file}
    check_outputs(outputs, store_of(store), spared=plan)
    with progress():  # which says that it is at work, should it take long
        checked = check_limits(store, fail_on=fail_on or ())
    for one in checked.unfinished:
        complain(f"{one.title}: {one.why}")
    say_limits(checked)
    if junit is not None:
        checked.write_junit(junit)
    if sarif is not None:
        checked.write_sarif(sarif, plan)
    if json_ is not None:
        write_json(json_, checked.as_json())
    if checked.status:
        raise typer.Exit(checked.status)


def say_limits(checked: LimitsCheck) -> None:
    """Print a line for each limit, and at last what follows from all of them."""
    for line in checked.lines():
        say(line)
    say(f"limits: {checked.outcome}")
