"""`faceaudit gate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from faceaudit.cli.console import out
from faceaudit.cli.parsing import options
from faceaudit.errors import OptionError

if TYPE_CHECKING:
    from faceaudit.gate.examine import Gate
    from faceaudit.gate.lists import PairList

SHOWN = {False: "[bold red]failed[/]", None: "[bold yellow]unknown[/]", True: "[green]passed[/]"}


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
    strict: Annotated[
        bool, typer.Option("--strict", help="End with status 1 when a check fails.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of what is drawn.")] = 0,
    json_: Annotated[
        Path | None,
        typer.Option(
            "--json",
            metavar="OUT",
            callback=options.output,
            help="Write all of it to this file.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say whether a membership figure from two lists of pairs may be believed; no photo is read."""
    import numpy as np  # noqa: PLC0415 - slow to load

    from faceaudit.gate.embedded import distances, read_embedded  # noqa: PLC0415
    from faceaudit.gate.examine import examine  # noqa: PLC0415
    from faceaudit.gate.lists import read_list  # noqa: PLC0415

    for path in (members, nonmembers):
        if "${" not in str(path) and not path.expanduser().exists():
            raise OptionError(
                f"expected a list of pairs, got {path}, nothing there; check the path"
            )
    embedded = [read_embedded(path) for path in embeddings or ()]
    people = embedded[0].people if embedded else None
    lists = [read_list(path, people=people) for path in (members, nonmembers)]
    features = None
    if embedded:
        one, two = (np.stack([distances(pairs, e) for e in embedded], axis=1) for pairs in lists)
        features = one, two
    found = examine(
        *lists,
        features=features,
        fitted_in_sample=fitted_in_sample,
        adaptive=adaptive,
        fprs=fpr,
        rng=np.random.default_rng(seed),
    )
    _print(found, *lists)
    if json_ is not None:
        _write(json_, found)
    if strict and not found.valid:
        raise typer.Exit(1)


def _print(gate: Gate, members: PairList, nonmembers: PairList) -> None:
    """Print every check in words, what failed first, and what follows from all of them."""
    for check in gate.checks:
        out.print(f"{SHOWN[check.passed]} {check.name}: ", end="", highlight=False)
        out.print(check.message, markup=False, highlight=False, soft_wrap=True)
    for title, pairs in (("members", members), ("non-members", nonmembers)):
        line = f"{title}: {len(pairs):,} pairs, {pairs.what}"
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    out.print(gate.summary, markup=False, highlight=False, soft_wrap=True)


def _write(path: Path, gate: Gate) -> None:
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(json.dumps(gate.as_json(), indent=1, allow_nan=False), "utf-8")
        part.replace(path)
    except OSError as error:
        raise OptionError(f"expected a file that can be written, got {path} ({error})") from None
