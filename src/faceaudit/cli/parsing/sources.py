"""The spelling of a source of faces on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from faceaudit.cli.parsing.options import parse_values

if TYPE_CHECKING:
    from faceaudit.faces.sources.base import Source

SourceArgument = Annotated[
    str, typer.Argument(metavar="SOURCE", help="NAME or NAME:PATH, as in lfw:~/lfw/images.")
]
FacesOption = Annotated[
    str, typer.Option("--faces", metavar="SOURCE", help="NAME:PATH, as in lfw:~/lfw/images.")
]
SourceSet = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        metavar="OPTION=VALUE",
        help="An option of the source, as in minimum=2 or align.several=largest; `show NAME` "
        "lists them.",
        show_default=False,
    ),
]


def parse_source(text: str, set_: list[str] | None = None, align: str | None = None) -> Source:
    """Return the source that NAME or NAME:PATH, its options and NAME[:FILE] of `align` spell.

    Raises:
        UnknownName: no source has that name.
        OptionError: an option is wrong.
    """
    from faceaudit.api.spelling import find_source  # noqa: PLC0415 - slow to load
    from faceaudit.faces.sources.base import sources  # noqa: PLC0415

    name = text.partition(":")[0]
    model = sources.get(name) if name in sources.names() else sources.base
    options = parse_values(set_, "--source", "people=10", model=model)
    return find_source(text, align=align, options=options)
