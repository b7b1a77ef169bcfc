"""`faceaudit faces inspect` and `faceaudit faces pack`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.table import Table

from faceaudit.cli.console import out, progress
from faceaudit.cli.parsing import options
from faceaudit.cli.parsing.align import AlignOption, parse_align
from faceaudit.errors import OptionError

if TYPE_CHECKING:
    from faceaudit.faces.sources.base import LeftOut, Loaded, Source
    from faceaudit.types import FaceSet

NOTES = 20
"""Notes that are listed unless all are asked for."""

app = typer.Typer(help="Look at faces before they are used.", no_args_is_help=True)

SourceArgument = Annotated[
    str, typer.Argument(metavar="SOURCE", help="NAME or NAME:PATH, as in lfw:~/lfw/images.")
]
Size = Annotated[
    str, typer.Option("--size", metavar="HxW", help="Height and width to bring photos to.")
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
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="OPTION=VALUE", help="The same as --source.", show_default=False),
]
PICTURES = (".png", ".jpg", ".jpeg")
PEOPLE, PHOTOS = 8, 10
"""People and photos of each that a contact sheet shows at most."""


def _picture(path: Path | None) -> Path | None:
    if path is not None and path.suffix.lower() not in PICTURES:
        raise OptionError(f"expected --sheet FILE.png or FILE.jpg, got {path}")
    return options.output(path)


@app.command()
def inspect(
    source: SourceArgument,
    size: Size = "112x112",
    source_set: SourceSet = None,
    set_: Set = None,
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
    loaded = _load(source, size, [*(source_set or ()), *(set_ or ())], align, store)
    faces = loaded.faces
    photos = np.bincount(faces.identity, minlength=len(faces.names))
    table = Table(box=None, show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for what, value in (
        ("photos", f"{len(faces):,}"),
        ("people", f"{len(faces.names):,}"),
        ("videos, sessions or single photos", f"{len(np.unique(faces.group)):,}"),
        ("photos a person", f"{photos.min()} to {photos.max()}, median {np.median(photos):g}"),
        ("size", f"{faces.size[0]} high, {faces.size[1]} wide"),
        ("landmarks", _known(faces)),
        ("attributes", ", ".join(sorted(faces.attributes)) or "none"),
        ("left out", f"{len(loaded.left_out):,}"),
        ("noted", f"{len(loaded.remarks):,}"),
        ("fingerprint", faces.fingerprint[:16]),
    ):
        table.add_row(what, value)
    out.print(table)
    _list("left out", loaded.left_out)
    _list("noted", loaded.remarks if notes else loaded.remarks[:NOTES])
    if not notes and len(loaded.remarks) > NOTES:
        out.print(f"and {len(loaded.remarks) - NOTES:,} more notes, listed by --notes")
    if sheet is not None:
        _write_sheet(loaded, sheet)
        out.print(f"contact sheet: {sheet}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def pack(
    source: SourceArgument,
    size: Size = "112x112",
    source_set: SourceSet = None,
    set_: Set = None,
    align: AlignOption = None,
    store: options.StoreOption = options.DEFAULT_STORE,
) -> None:
    """Decode every photo of a source once, into a memory map that later runs use."""
    loaded = _load(source, size, [*(source_set or ()), *(set_ or ())], align, store)
    out.print(f"{len(loaded.faces):,} photos packed, {len(loaded.left_out):,} left out")
    _list("left out", loaded.left_out)


def parse_source(text: str, set_: list[str] | None = None, align: str | None = None) -> Source:
    """Return the source that NAME or NAME:PATH, its options and NAME[:FILE] of `align` spell."""
    from faceaudit.faces.sources.base import sources  # noqa: PLC0415
    from faceaudit.faces.sources.photo_source import PhotoSource  # noqa: PLC0415 - slow to load

    name, colon, path = text.partition(":")
    made = sources.get(name)
    values: dict[str, Any] = {"source": name, **({"path": path} if colon else {})}
    values |= options.parse_values(set_, "--source", "people=10")
    options.require(made, values, "path", f"{name}:PATH")
    if align is not None:
        if not issubclass(made, PhotoSource):
            raise OptionError(
                f"expected a source of photos for --align, got {name!r}; synthetic faces have the "
                "option aligned=true instead"
            )
        more = values.get("align", {})
        if not isinstance(more, Mapping):
            raise OptionError(
                f"expected --align or the source's align, got both {align} and {more}"
            )
        values["align"] = parse_align(align, more)
    return sources.build(values)


def _load(source: str, size: str, set_: list[str], align: str | None, store: str) -> Loaded:
    from faceaudit.audit.common.workspace import workspace  # noqa: PLC0415 - slow to load
    from faceaudit.store import Store  # noqa: PLC0415

    height, _, width = size.partition("x")
    if not (height.isdigit() and width.isdigit() and int(height) and int(width)):
        raise OptionError(f"expected --size HEIGHTxWIDTH, got {size!r}; try 112x112")
    cache = workspace(Store(store)) / "faces"
    with progress() as bars:
        built = parse_source(source, set_, align)
        return built.load((int(height), int(width)), cache=cache, progress=bars)


def _known(faces: FaceSet) -> str:
    """Return of how many photos the landmarks are known."""
    if faces.landmarks is None:
        return "no"
    known = int(np.isfinite(faces.landmarks).all(axis=(1, 2)).sum())
    return "yes" if known == len(faces) else f"of {known:,}"


def _list(what: str, items: Sequence[LeftOut]) -> None:
    lines = "\n".join(f"{what}: {item.id}: {item.reason}" for item in items)
    if lines:  # at once: there may be hundreds of thousands
        out.print(lines, markup=False, highlight=False, soft_wrap=True)


def _write_sheet(loaded: Loaded, path: Path) -> None:
    """Write some photos of some people as one picture, a person a row."""
    from PIL import Image  # noqa: PLC0415 - only this option needs it

    faces = loaded.faces
    people = np.unique(faces.identity)[:PEOPLE]
    height, width = faces.size
    sheet = np.full((len(people), height, PHOTOS, width, 3), 255, dtype=np.uint8)
    for row, person in enumerate(people):
        mine = np.flatnonzero(faces.identity == person)
        chosen = mine[np.linspace(0, len(mine) - 1, min(PHOTOS, len(mine))).astype(int)]
        sheet[row, :, : len(chosen)] = faces.images[chosen].swapaxes(0, 1)
    whole = sheet.reshape(len(people) * height, PHOTOS * width, 3)
    try:
        Image.fromarray(whole).save(path)
    except OSError as error:
        raise OptionError(f"expected a file that can be written, got {path} ({error})") from None
