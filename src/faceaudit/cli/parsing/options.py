"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from faceaudit.errors import OptionError

if TYPE_CHECKING:
    from faceaudit.registry import Component

Plan = Annotated[
    Path | None,
    typer.Argument(
        help="A plan in YAML; without one, a DeepID and a verifier on synthetic people.",
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
    path = path.expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OptionError(f"expected a file that can be written, got {path} ({error})") from None
    if path.is_dir():
        raise OptionError(f"expected a file to write, got {path}, a folder; name a file in it")
    return path


def require(made: type[Component], values: Mapping[str, Any], option: str, spelling: str) -> None:
    """Raise `OptionError` when an option that stands after a colon is needed and was not given."""
    field = made.model_fields.get(option)
    if field is not None and field.is_required() and option not in values:
        raise OptionError(f"expected {spelling}, got {made.name!r} alone; add a colon and the path")


def parse_values(items: Iterable[str] | None, option: str, example: str) -> dict[str, Any]:
    """Return what a repeated OPTION=VALUE spells, each value read as YAML.

    A dot leads into an option that has options of its own, as in `align.several=largest`.

    Args:
        items: as they were typed.
        option: the command line's option, for the error.
        example: an item that would be right, for the error.
    """
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
