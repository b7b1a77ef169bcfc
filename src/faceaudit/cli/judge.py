"""`faceaudit judge`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from faceaudit.cli.console import progress, say, use_all_cores
from faceaudit.cli.parsing import options


def judge(
    folder: Annotated[Path, typer.Argument(help="What `faceaudit poison` wrote.")],
    system: Annotated[
        str,
        typer.Argument(
            help="An identifier that learned from one of its training sets: DOOR:PATH, as "
            "onnx:FILE; `faceaudit ls system_under_test` lists the doors.",
        ),
    ],
    trained_on: Annotated[
        str | None,
        typer.Option(
            "--trained-on",
            metavar="NAME",
            help="The training set, as `poison` named it; needed where there are several.",
            show_default=False,
        ),
    ] = None,
    pristine: Annotated[
        str | None,
        typer.Option(
            "--pristine",
            metavar="SYSTEM",
            help="A system that learned from the set without poison: it shows what is due to the "
            "poison.",
            show_default=False,
        ),
    ] = None,
    system_options: Annotated[
        list[str] | None,
        typer.Option(
            "--system",
            metavar="OPTION=VALUE",
            help="An option of both systems, as in names=FOLDER/seed-0/classes.txt.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", help="What to call the system in the report.", show_default=False),
    ] = None,
    store: options.StoreOption = options.DEFAULT_STORE,
) -> None:
    """Say what a system does that was trained elsewhere on poisoned photos, and write a report.

    Judgements of several systems, one for each training set and seed, add up in one store.
    """
    from faceaudit.api.poisoning import judge as judge_system  # noqa: PLC0415 - slow to load
    from faceaudit.systems.under_test.base import systems_under_test  # noqa: PLC0415

    more = options.parse_values(
        system_options, "--system", "names=FILE", model=systems_under_test.base
    )
    use_all_cores()
    with progress() as bars:
        done = judge_system(
            folder,
            system,
            pristine=pristine,
            trained_on=trained_on,
            options=more,
            name=name,
            store=store,
            progress=bars,
        )
    for figure in done.record.figures:
        if ":" in figure.metric:  # those of single wrong keys
            continue
        found = figure.estimate
        what = (
            f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%}), n = {found.n:,}"
            if found
            else f"not measured: {figure.why_none}"
        )
        say(f"{figure.metric.replace('_', ' ')}: {what}")
    say(f"report: {done.report}" if done.report else f"kept in {store}")
