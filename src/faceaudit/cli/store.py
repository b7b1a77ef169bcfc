"""`faceaudit store`: what a store holds, whether it is what was written, copies and room."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from faceaudit.cli.console import progress, say_all, warn, write_json
from faceaudit.cli.parsing import options

app = typer.Typer(help="Look after a store.", no_args_is_help=True)


@app.command("ls")
def list_(
    store: options.StoreArgument = options.DEFAULT_STORE,
    cases: Annotated[bool, typer.Option("--cases", help="List each case.")] = False,
    systems: Annotated[bool, typer.Option("--systems", help="List each trained system.")] = False,
    json_: options.JsonOption = None,
) -> None:
    """Say what a store holds: its last run, cases, trained systems, who is at work, and sizes.

    Neither evidence nor weights are read; `verify` holds all files against their digests.
    """
    from faceaudit.api.store_listing import list_store  # noqa: PLC0415 - slow to load

    with progress():
        held = list_store(store, cases=cases, systems=systems)
    say_all(held.lines())
    if json_ is not None:
        write_json(json_, held.as_json())


@app.command()
def verify(
    store: options.StoreArgument = options.DEFAULT_STORE,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Set what is damaged aside, into the store's folder damaged; the next run "
            "computes it again.",
        ),
    ] = False,
    json_: options.JsonOption = None,
) -> None:
    """Hold every file of a store against its digest, and list what is damaged.

    The status is 0 where all is as it was written, 1 where something is damaged, 2 where the store
    cannot be read.
    """
    from faceaudit.api.stores import verify_store  # noqa: PLC0415 - slow to load

    with progress():  # which says that it is at work, should it take long
        checked = verify_store(store, repair=repair)
    say_all(checked.lines())
    if json_ is not None:
        write_json(json_, checked.as_json())
    if not checked.sound:
        raise typer.Exit(1)


@app.command()
def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="Folder or fsspec URL of a store.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Folder or fsspec URL to copy to.")],
    names: Annotated[
        bool,
        typer.Option(
            "--names",
            help="Copy what pseudonyms of real people stand for as well, and reports that may "
            "show it.",
        ),
    ] = False,
    json_: options.JsonOption = None,
) -> None:
    """Copy a store, each file held against its digest; one that was cut short goes on.

    The status is 0 where all is there, 1 where something was damaged and left out, 2 where nothing
    can be copied.
    """
    from faceaudit.api.store_copies import copy_store  # noqa: PLC0415 - slow to load

    with progress() as bars:
        done = copy_store(source, target, names=names, progress=bars)
    say_all(done.lines())
    if json_ is not None:
        write_json(json_, done.as_json())
    if not done.whole:
        raise typer.Exit(1)


@app.command()
def export(
    store: Annotated[str, typer.Argument(metavar="STORE", help="Folder or fsspec URL.")],
    out: Annotated[
        Path | None,
        typer.Argument(
            metavar="OUT",
            help="The file for figures, .parquet or .csv; facts and evidence go beside it.",
            show_default=False,
        ),
    ] = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Write each case's evidence as well, a row a sample.")
    ] = False,
    mlflow: Annotated[
        str | None,
        typer.Option(
            "--mlflow",
            metavar="URI",
            help="Log each case as a run of MLflow, as in http://127.0.0.1:5000 or "
            "sqlite:///mlflow.db.",
            show_default=False,
        ),
    ] = None,
    experiment: Annotated[
        str, typer.Option("--experiment", help="What the experiment of MLflow is called.")
    ] = "faceaudit",
    show_names: options.ShowNames = False,
) -> None:
    """Write figures and facts of a store as Parquet or CSV, or log its cases to MLflow."""
    from faceaudit.api.store_exports import export_store  # noqa: PLC0415 - slow to load

    with progress() as bars:
        done = export_store(
            store,
            out,
            evidence=evidence,
            mlflow=mlflow,
            experiment=experiment,
            show_names=show_names,
            progress=bars,
        )
    say_all(done.lines())
    if done.absent:
        warn(done.absent)


@app.command()
def gc(
    store: Annotated[str, typer.Argument(metavar="STORE", help="Folder or fsspec URL.")],
    earlier_plans: Annotated[
        bool, typer.Option("--earlier-plans", help="Also cases of plans before the last.")
    ] = False,
    cache: Annotated[
        bool,
        typer.Option("--cache", help="Also the whole cache beside the store; runs make it again."),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Remove it; without, it is only listed.")
    ] = False,
    json_: options.JsonOption = None,
) -> None:
    """List what no case of a store's last run needs, and with --yes remove it."""
    from faceaudit.api.store_cleaning import clean_store  # noqa: PLC0415 - slow to load

    with progress() as bars:
        found = clean_store(
            store, earlier_plans=earlier_plans, cache=cache, remove=yes, progress=bars
        )
    say_all(found.lines())
    if json_ is not None:
        write_json(json_, found.as_json())
