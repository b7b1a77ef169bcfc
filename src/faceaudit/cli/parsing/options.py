"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from faceaudit.errors import OptionError

Plan = Annotated[
    Path | None,
    typer.Argument(
        help="A plan in YAML, or the name of one that ships with faceaudit, as chen2017-small; "
        "without one, a DeepID and a verifier on synthetic people.",
        show_default=False,
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a value of the plan, as in backdoor.attacks.0.samples=20 or seeds=[0, 1].",
        show_default=False,
    ),
]
StoreOption = Annotated[
    str,
    typer.Option("--store", metavar="STORE", help="Folder or fsspec URL for everything found."),
]
StoreArgument = Annotated[str, typer.Argument(metavar="STORE", help="Folder or fsspec URL.")]
PairsOption = Annotated[
    str | None,
    typer.Option(
        "--pairs",
        metavar="FILE",
        help="LFW's pairs.txt, a CSV, a list or an insightface .bin; without one, pairs are built "
        "from the people in the faces.",
        show_default=False,
    ),
]
PerPersonOption = Annotated[
    int,
    typer.Option("--per-person", min=1, help="Genuine pairs a person, when pairs are built."),
]
DEFAULT_STORE = "audit"


def output(path: Path | None) -> Path | None:
    """Return a file to write, its folder made; said before the work rather than after it."""
    if path is None:
        return None
    from faceaudit.api.arguments import output_of  # noqa: PLC0415 - not needed for help

    return output_of(path, "a file to write")


JsonOption = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="OUT",
        callback=output,
        help="Write all of it to this file.",
        show_default=False,
    ),
]


def parse_values(items: Iterable[str] | None, option: str, example: str) -> dict[str, Any]:
    """Return what a repeated OPTION=VALUE spells, each value read as YAML.

    A dot leads into an option that has options of its own, as in `align.several=largest`.

    Args:
        items: as they were typed.
        option: the command line's option, for the error.
        example: an item that would be right, for the error.
    """
    import yaml  # noqa: PLC0415 - not needed for help

    values: dict[str, Any] = {}
    for item in items or ():
        key, equals, value = item.partition("=")
        if not key or not equals:
            raise OptionError(f"expected {option} OPTION=VALUE, got {item!r}; try {example}")
        *outer, last = key.split(".")
        here = values
        for part in outer:
            here = here.setdefault(part, {})
            if not isinstance(here, dict):
                raise OptionError(f"expected options in {part!r}, got a value and {item!r}")
        try:
            here[last] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise OptionError(f"expected a YAML value for {key!r}, got {value!r}") from None
    return values
