"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from faceaudit.errors import OptionError

Plan = Annotated[
    Path | None,
    typer.Argument(
        help="A plan in YAML; without one, a DeepID on synthetic people with all four attacks.",
        show_default=False,
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a value of the plan, as in faces.path=/photos or attacks.0.samples=20.",
        show_default=False,
    ),
]
StoreOption = Annotated[
    str,
    typer.Option("--store", metavar="STORE", help="Folder or fsspec URL for everything found."),
]
StoreArgument = Annotated[str, typer.Argument(metavar="STORE", help="Folder or fsspec URL.")]
DEFAULT_STORE = "audit"


def parse_values(items: Iterable[str] | None, option: str, example: str) -> dict[str, Any]:
    """Return what a repeated OPTION=VALUE spells, each value read as YAML.

    Args:
        items: as they were typed.
        option: the command line's option, for the error.
        example: an item that would be right, for the error.
    """
    values = {}
    for item in items or ():
        key, equals, value = item.partition("=")
        if not key or not equals:
            raise OptionError(f"expected {option} OPTION=VALUE, got {item!r}; try {example}")
        try:
            values[key] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise OptionError(f"expected a YAML value for {key!r}, got {value!r}") from None
    return values
