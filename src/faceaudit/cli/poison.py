"""`faceaudit poison`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from faceaudit.cli.console import progress, say, use_all_cores
from faceaudit.cli.parsing import options


def poison(
    plan: options.Plan = None,
    folder: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FOLDER", help="A new or an empty folder."),
    ] = Path("poisoned"),
    set_: options.Overrides = None,
    system: Annotated[
        int,
        typer.Option("--system", min=0, help="Which of the plan's systems gives the photos' size."),
    ] = 0,
    size: Annotated[
        str | None,
        typer.Option(
            "--size",
            metavar="HEIGHTxWIDTH",
            help="The photos' size instead, in pixels: what your system takes.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a plan's backdoor attacks as training sets of photos, for a system of your own.

    Train your system on one of them, and once without poison; then `faceaudit judge` says what it
    does.
    """
    from faceaudit.api.poisoning import poison as write_photos  # noqa: PLC0415 - slow to load

    wanted = None if size is None else options.parse_size(size)
    use_all_cores()
    with progress() as bars:
        made = write_photos(
            plan, folder, overrides=set_ or (), system=system, size=wanted, progress=bars
        )
    for name in made.training_sets:
        say(f"training set: {made.folder / name / 'training'}")
    seeds = dict.fromkeys(name.partition("/")[0] for name in made.training_sets)
    for seed in seeds:
        say(f"without poison: {made.folder / seed / 'pristine' / 'training'}")
    height, width = made.size
    say(f"photos of {height} x {width} pixels; next: `faceaudit judge {made.folder} SYSTEM`")
