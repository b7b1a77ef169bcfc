"""`faceaudit faces inspect` and `faceaudit faces pack`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from faceaudit.cleaning import clean
from faceaudit.cli.compare_alignments import compare_alignments
from faceaudit.cli.console import out, progress, say, say_all
from faceaudit.cli.lengths import NAME
from faceaudit.cli.parsing import options
from faceaudit.cli.parsing.align import AlignOption
from faceaudit.cli.parsing.sources import SourceArgument, SourceSet, parse_source

if TYPE_CHECKING:
    from faceaudit.api.faces import FacesSummary, LoadedFaces
    from faceaudit.faces.loaded import LeftOut, Remark

NOTES = 20
"""Notes that are listed unless all are asked for."""

app = typer.Typer(help="Look at faces before they are used.", no_args_is_help=True)
app.command("compare-alignments")(compare_alignments)

Size = Annotated[
    str, typer.Option("--size", metavar="HxW", help="Height and width to bring photos to.")
]


def _picture(path: Path | None) -> Path | None:
    if path is None:
        return None
    from faceaudit.api.faces import check_picture  # noqa: PLC0415 - slow to load

    return options.output(check_picture(path))


@app.command()
def inspect(
    source: SourceArgument,
    size: Size = "112x112",
    source_set: SourceSet = None,
    align: AlignOption = None,
    store: options.StoreOption = options.DEFAULT_STORE,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            callback=_picture,
            help="Write a contact sheet to this PNG or JPEG.",
            show_default=False,
        ),
    ] = None,
    notes: Annotated[bool, typer.Option("--notes", help="List every note, not just some.")] = False,
) -> None:
    """Read a source and say what is in it, and what was left out and why."""
    from faceaudit.api.faces import summarize, write_contact_sheet  # noqa: PLC0415 - slow to load

    loaded = _load(source, size, source_set, align, store)
    out.print(_table(loaded, summarize(loaded.faces)))
    _list("left out", loaded.left_out)
    _list("noted", loaded.remarks if notes else loaded.remarks[:NOTES])
    if not notes and len(loaded.remarks) > NOTES:
        out.print(f"and {len(loaded.remarks) - NOTES:,} more notes, listed by --notes")
    if sheet is not None:
        say(f"contact sheet: {write_contact_sheet(loaded.faces, sheet)}")


@app.command()
def pack(
    source: SourceArgument,
    size: Size = "112x112",
    source_set: SourceSet = None,
    align: AlignOption = None,
    store: options.StoreOption = options.DEFAULT_STORE,
) -> None:
    """Decode every photo of a source once, into a memory map that later runs use."""
    loaded = _load(source, size, source_set, align, store)
    out.print(f"{len(loaded.faces):,} photos packed, {len(loaded.left_out):,} left out")
    _list("left out", loaded.left_out)


def _load(
    source: str, size: str, set_: list[str] | None, align: str | None, store: str
) -> LoadedFaces:
    from faceaudit.api.faces import load_faces  # noqa: PLC0415 - slow to load
    from faceaudit.store import Store  # noqa: PLC0415

    wanted = options.parse_size(size)
    found = parse_source(source, set_, align)
    with progress() as bars:
        return load_faces(found, wanted, cache=Store(store), progress=bars)


def _table(loaded: LoadedFaces, summary: FacesSummary) -> Table:
    faces = loaded.faces
    known = {None: "no", summary.photos: "yes"}.get(summary.landmarks, f"of {summary.landmarks}")
    table = Table(box=None, show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for what, value in (
        ("photos", f"{summary.photos:,}"),
        ("people", f"{summary.people:,}"),
        ("videos, sessions or single photos", f"{summary.groups:,}"),
        ("photos a person", f"{summary.fewest} to {summary.most}, median {summary.median:g}"),
        ("size", f"{faces.size[0]} high, {faces.size[1]} wide"),
        ("landmarks", known),
        ("attributes", clean(", ".join(sorted(faces.attributes)) or "none", 1000)),
        ("left out", f"{len(loaded.left_out):,}"),
        ("noted", f"{len(loaded.remarks):,}"),
        ("fingerprint", faces.fingerprint[:16]),
    ):
        table.add_row(what, value)
    return table


def _list(what: str, items: Sequence[LeftOut | Remark]) -> None:
    say_all(f"{what}: {clean(item.id, NAME)}: {item.reason}" for item in items)
