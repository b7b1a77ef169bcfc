"""`faceaudit poison`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from faceaudit.cli.console import progress, say, use_all_cores
from faceaudit.cli.parsing import options
from faceaudit.errors import OptionError


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

    wanted = _parse_size(size)
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


def _parse_size(text: str | None) -> tuple[int, int] | None:
    """Return a height and a width from text such as 112x96."""
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", text.strip())
    if not found:
        raise OptionError(f"expected --size HEIGHTxWIDTH, got {text!r:.40}; try --size 112x112")
    return int(found[1]), int(found[2])
