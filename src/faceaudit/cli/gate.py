"""`faceaudit gate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from faceaudit.cli.console import mark, out, progress, say, warn_left_out, write_json
from faceaudit.cli.parsing import options

if TYPE_CHECKING:
    from faceaudit.gate.examine import Gate

STATUS = {"passed": 0, "failed": 3, "inconclusive": 4}
"""The exit status of what follows; 1 and 2 are those of errors."""

SHOWN = {False: ("failed", "bold red"), None: ("unknown", "bold yellow"), True: ("passed", "green")}
"""The word for each outcome of a check, and its style."""


def gate(
    members: Annotated[
        Path, typer.Argument(metavar="MEMBERS", help="Pairs that the model was trained on.")
    ],
    nonmembers: Annotated[
        Path, typer.Argument(metavar="NONMEMBERS", help="Pairs that it was not trained on.")
    ],
    fpr: Annotated[
        list[float],
        typer.Option("--fpr", metavar="RATE", help="A false positive rate that will be reported."),
    ] = [0.01],  # noqa: B006 - typer copies it
    fitted_in_sample: Annotated[
        bool | None,
        typer.Option(
            "--fitted-in-sample/--no-fitted-in-sample",
            help="Whether the attack was scored on the records that it was fitted on.",
            show_default=False,
        ),
    ] = None,
    adaptive: Annotated[
        bool | None,
        typer.Option(
            "--adaptive/--no-adaptive",
            help="Whether an attacker who knows the protection was tried, too.",
            show_default=False,
        ),
    ] = None,
    embeddings: Annotated[
        list[Path] | None,
        typer.Option(
            "--embeddings",
            metavar="NPZ",
            help="Embeddings by a network that is not attacked, from `faceaudit embed --output`: "
            "the blind baseline then sees the distances of pairs, too.",
            show_default=False,
        ),
    ] = None,
    photos: Annotated[
        str | None,
        typer.Option(
            "--photos",
            metavar="FOLDER",
            help="Where the photos of the lists are, or a source as in lfw:~/lfw/images: the blind "
            "baseline then sees their brightness, sharpness, size and compression, too.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of what is drawn.")] = 0,
    json_: options.JsonOption = None,
) -> None:
    """Say whether a membership figure from two lists of pairs may be believed.

    The last line is the verdict. The status is 0 where nothing speaks against the lists, 3 where a
    check failed, 4 where nothing can be concluded, and 1 or 2 where something went wrong.
    """
    from faceaudit.api.lists import check_lists  # noqa: PLC0415 - slow to load

    with progress() as bars:
        found = check_lists(
            members,
            nonmembers,
            fprs=fpr,
            fitted_in_sample=fitted_in_sample,
            adaptive=adaptive,
            embeddings=embeddings or (),
            photos=photos,
            seed=seed,
            progress=bars,
        )
    warn_left_out(found.left_out, "photos")
    _print(found)
    if json_ is not None:
        write_json(json_, found.as_json())
    if found.outcome != "passed":
        raise typer.Exit(STATUS[found.outcome])


def _print(gate: Gate) -> None:
    """Print each check in words, what failed first, and at last what follows from all of them."""
    for check in gate.checks:
        out.print(mark(*SHOWN[check.passed], f" {check.name}: "), end="", highlight=False)
        say(check.message)
    for title, (count, what) in (("members", gate.members), ("non-members", gate.nonmembers)):
        say(f"{title}: {count:,} pairs, {what}")
    say(f"verdict: {gate.verdict}")
