"""Options that several verbs share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from faceaudit.cleaning import quote
from faceaudit.cli.console import STDOUT, out
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
        help="Override a value of the plan, as in backdoor.attacks.0.samples=20 or seeds=[0, 1]; "
        "text is taken as it is written.",
        show_default=False,
    ),
]
StoreOption = Annotated[
    str,
    typer.Option("--store", metavar="STORE", help="Folder or fsspec URL for everything found."),
]
StoreArgument = Annotated[str, typer.Argument(metavar="STORE", help="Folder or fsspec URL.")]
ShowFaces = Annotated[
    bool,
    typer.Option("--show-faces", help="Keep and show photos of real people, as they are."),
]
ShowNames = Annotated[
    bool,
    typer.Option("--show-names", help="Keep and show names of real people and photos."),
]
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
FmrOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fmr",
        metavar="RATE",
        help="A false match rate to give a threshold for, as in 0.1% or 0.001; as often as needed; "
        "1%, 0.1% and 0.01% where none is asked for.",
        show_default=False,
    ),
]
FailOnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="LIMIT",
        help="What must not be, as in 'backdoor.success>0.15' or "
        "'membership.auc(level=person)>0.6', besides the plan's limits; as often as needed.",
        show_default=False,
    ),
]
JunitOption = Annotated[
    Path | None,
    typer.Option(
        "--junit",
        metavar="OUT",
        help="Write what became of limits to this file as JUnit XML.",
        show_default=False,
    ),
]
SarifOption = Annotated[
    Path | None,
    typer.Option(
        "--sarif",
        metavar="OUT",
        help="Write what became of limits to this file as SARIF 2.1.0.",
        show_default=False,
    ),
]
DEFAULT_STORE = "audit"


def output(path: Path | None) -> Path | None:
    """Return a file to write, its folder made; said before the work rather than after it."""
    if path is None:
        return None
    from faceaudit.api.arguments import output_of  # noqa: PLC0415 - not needed for help

    return output_of(path, "a file to write")


def _json_output(context: typer.Context, path: Path | None) -> Path | None:
    """Return the file for JSON; where it is to be printed, nothing else is."""
    if path != STDOUT:
        return output(path)
    out.quiet = True
    context.call_on_close(lambda: setattr(out, "quiet", False))
    return path


JsonOption = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="OUT",
        callback=_json_output,
        help="Write all of it to this file; - prints it instead of all else.",
        show_default=False,
    ),
]


def parse_size(text: str) -> tuple[int, int]:
    """Return the height and the width in pixels that HEIGHTxWIDTH spells.

    Raises:
        OptionError: it spells none.
    """
    found = re.fullmatch(r"0*([1-9][0-9]{0,4})x0*([1-9][0-9]{0,4})", text.strip())
    if not found:
        raise OptionError(f"expected --size HEIGHTxWIDTH, got {quote(text, 40)}; try 112x112")
    return int(found[1]), int(found[2])


def parse_values(
    items: Iterable[str] | None, option: str, example: str, *, model: type
) -> dict[str, Any]:
    """Return what a repeated OPTION=VALUE spells.

    An option that is text is taken as it is written, any other is read as YAML. A dot leads into an
    option that has options of its own, as in `align.several=largest`.

    Args:
        items: as they were typed.
        option: the command line's option, for the error.
        example: an item that would be right, for the error.
        model: whose options they are; of a family, its base class.
    """
    from faceaudit.files.plain_yaml import DEEPEST  # noqa: PLC0415 - not needed for help
    from faceaudit.option_types import is_text, read_value  # noqa: PLC0415

    values: dict[str, Any] = {}
    for item in items or ():
        key, equals, text = item.partition("=")
        if not key or not equals:
            raise OptionError(f"expected {option} OPTION=VALUE, got {quote(item)}; try {example}")
        *outer, last = key.split(".")
        if len(outer) >= DEEPEST:
            raise OptionError(f"expected {option} of few parts, got {quote(item)}; try {example}")
        here = values
        for part in outer:
            here = here.setdefault(part, {})
            if not isinstance(here, dict):
                raise OptionError(f"expected options in {part!r}, got a value and {quote(item)}")
        as_text = is_text(model, values, [*outer, last])
        here[last] = read_value(text, key, as_text=as_text)
    return values
