"""`faceaudit init`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from faceaudit.cli.check import describe
from faceaudit.cli.console import out, say, use_all_cores
from faceaudit.cli.parsing.align import AlignOption
from faceaudit.cli.parsing.sources import SourceArgument, SourceSet, parse_source
from faceaudit.cli.plan import schema_text
from faceaudit.errors import OptionError

DEFAULT_FILE = Path("plan.yaml")


def init(
    source: SourceArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The plan to write.")
    ] = DEFAULT_FILE,
    source_set: SourceSet = None,
    align: AlignOption = None,
    detector: Annotated[
        str | None,
        typer.Option(
            "--detector",
            metavar="FILE",
            help="YuNet's weights, to find faces with: a file, or a name of `weights ls` that was "
            "got.",
            show_default=False,
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            metavar="FILE",
            help="Trained weights to start from: a file, or a name of `weights ls` that was got.",
            show_default=False,
        ),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(
            "--network",
            metavar="NAME",
            help="The network that the weights are of; needed for weights that are not known.",
            show_default=False,
        ),
    ] = None,
    title: Annotated[str, typer.Option("--title", help="What the report is headed with.")] = "",
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, max=1000, help="Trainings of everything.")
    ] = 3,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a plan that is there.")
    ] = False,
    time: Annotated[
        bool,
        typer.Option(help="Time this machine for a few seconds, to say how long a run takes."),
    ] = True,
) -> None:
    """Look at photos of your own and draft a plan that suits them.

    Photos are counted, none is read. What the photos do not allow is left out of the plan, and
    every decision is a comment in it. On a terminal it asks for what it does not find.
    """
    found = parse_source(source, source_set, align)  # first: what follows is slow to load
    from faceaudit.api.arguments import output_of  # noqa: PLC0415 - not needed for help
    from faceaudit.api.init import draft_plan  # noqa: PLC0415 - slow to load

    file = output_of(output, "the plan to write")
    if file.exists() and not force:
        raise OptionError(
            f"expected a new file, got {file}, which is there; name another, or give --force"
        )
    if sys.stdin.isatty():
        detector, weights = _ask(detector, weights, aligned=align is not None)
    if time:
        use_all_cores()
    draft = draft_plan(
        found,
        detector=detector,
        weights=weights,
        network=network,
        title=title,
        seeds=seeds,
        timed=time,
    )
    draft.save(file, replace_file=force)
    _save_schema(file.parent)
    for line in draft.decided:
        say(line)
    if draft.forecast is not None:
        say(f"a run takes {describe(draft.forecast)}")
    say(f"plan: {file}")
    rest = " with it; `faceaudit check` says what would go wrong"
    out.print(Text.assemble("next: ", ("faceaudit run", "bold"), rest))


def _save_schema(folder: Path) -> None:
    """Put the schema beside a plan, for editors, unless another file is there."""
    from faceaudit.audit.plan_schema import FILE, TITLE  # noqa: PLC0415 - slow to load
    from faceaudit.files.atomic import write_atomically  # noqa: PLC0415

    file = folder / FILE
    if not file.exists() or f'"title": "{TITLE}"' in file.read_text("utf-8", "replace")[:400]:
        write_atomically(file, schema_text())


def _ask(
    detector: str | None, weights: str | None, *, aligned: bool
) -> tuple[str | None, str | None]:
    """Return detector and weights, asked for on the terminal where they are not known."""
    from faceaudit.audit.drafting.starting_point import (  # noqa: PLC0415 - slow to load
        find_detector,
        find_starting_point,
    )

    if detector is None and not aligned and find_detector()[0] is None:
        detector = typer.prompt(
            "YuNet's weights, to find the faces in your photos (file; empty: look for none)",
            default="",
            show_default=False,
        )
    if weights is None and not find_starting_point().trained:
        weights = typer.prompt(
            "Trained weights of the network to audit (file, or name of `weights ls`; empty: none)",
            default="",
            show_default=False,
        )
    return detector or None, weights or None
