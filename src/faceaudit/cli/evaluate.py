"""`faceaudit evaluate verification` and `faceaudit evaluate identification`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

import faceaudit
from faceaudit.cli.console import Bars, out, progress, warn_left_out
from faceaudit.cli.faces import SourceSet, parse_source
from faceaudit.cli.parsing import options
from faceaudit.cli.parsing.align import AlignOption
from faceaudit.cli.parsing.embedders import (
    LoadedEmbedder,
    NetworkOption,
    SetOption,
    WeightsOption,
    parse_embedder,
)
from faceaudit.errors import OptionError, SplitError

if TYPE_CHECKING:
    from faceaudit.faces.pairs.read import Pairs
    from faceaudit.faces.sources.base import LeftOut, Loaded, Source
    from faceaudit.protocols import Result
    from faceaudit.types import FaceSet

app = typer.Typer(help="Run a protocol of the field on a network.", no_args_is_help=True)

Faces = Annotated[
    str, typer.Option("--faces", metavar="SOURCE", help="NAME:PATH, as in lfw:~/lfw/images.")
]
Protocol = Annotated[
    list[str] | None,
    typer.Option(
        "--protocol",
        metavar="OPTION=VALUE",
        help="An option of the protocol, as in flip=sum; `evaluate options` lists them.",
        show_default=False,
    ),
]
Json = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="OUT",
        callback=options.output,
        help="Write all of it to this file.",
        show_default=False,
    ),
]
FOLDS = 10


@app.command("verification")
def verification(
    faces: Faces,
    network: NetworkOption,
    weights: WeightsOption = None,
    pairs: options.PairsOption = None,
    per_person: options.PerPersonOption = 10,
    folds: Annotated[
        int | None,
        typer.Option(
            "--folds",
            min=2,
            help="Folds, where the file of pairs states none: 10, or fewer for fewer than 20 "
            "people when pairs are built.",
            show_default=False,
        ),
    ] = None,
    align: AlignOption = None,
    protocol: Protocol = None,
    set_: SetOption = None,
    source: SourceSet = None,
    json_: Json = None,
    scores: Annotated[
        Path | None,
        typer.Option(
            "--scores",
            metavar="FILE",
            callback=options.output,
            help="Write every pair's distance to this CSV file.",
            show_default=False,
        ),
    ] = None,
    store: options.StoreOption = options.DEFAULT_STORE,
) -> None:
    """Tell whether pairs of photos show one person: accuracy on folds, TAR at FARs, EER, AUC."""
    from faceaudit.audit.common.workspace import workspace  # noqa: PLC0415 - slow to load
    from faceaudit.protocols import Verification, verify  # noqa: PLC0415
    from faceaudit.store import Store  # noqa: PLC0415

    asked = Verification(**options.parse_values(protocol, "--protocol", "flip=sum"))
    chosen = parse_embedder(network, weights, set_)
    cache = workspace(Store(store))
    with progress() as bars:
        read_from = parse_source(faces, source, align)
        loaded = _load(read_from, chosen, cache, bars)
        listed = _pairs(loaded.faces, pairs, per_person, folds)
        warn_left_out(listed.left_out, "pairs")  # now: where few are left, the next line may fail
        result = verify(
            chosen.embedder,
            loaded.faces,
            listed.pairs,
            asked,
            cache=cache / "work" / "embeddings",
            scores=scores,
            progress=bars,
        )
    _print(result)
    facts = result.facts
    _lines(
        chosen,
        read_from,
        loaded,
        pairs=f"{facts['genuine']:,} genuine and {facts['impostor']:,} impostor, of "
        f"{facts['photos']:,} photos: {facts['pairs_from']}",
        convention=f"{facts['convention']}: {facts['rule']}",
    )
    if json_ is not None:
        left_out = (*loaded.left_out, *listed.left_out)
        _write(json_, result, chosen, read_from, loaded, left_out)


@app.command("identification")
def identification(
    faces: Faces,
    network: NetworkOption,
    weights: WeightsOption = None,
    align: AlignOption = None,
    protocol: Protocol = None,
    set_: SetOption = None,
    source: SourceSet = None,
    json_: Json = None,
    store: options.StoreOption = options.DEFAULT_STORE,
) -> None:
    """Search a gallery with photos of its people and of strangers: rank-k, TPIR at FPIRs."""
    from faceaudit.audit.common.workspace import workspace  # noqa: PLC0415 - slow to load
    from faceaudit.protocols import Identification, identify  # noqa: PLC0415
    from faceaudit.store import Store  # noqa: PLC0415

    asked = Identification(**options.parse_values(protocol, "--protocol", "flip=sum"))
    chosen = parse_embedder(network, weights, set_)
    cache = workspace(Store(store))
    with progress() as bars:
        read_from = parse_source(faces, source, align)
        loaded = _load(read_from, chosen, cache, bars)
        embedded = cache / "work" / "embeddings"
        result = identify(chosen.embedder, loaded.faces, asked, cache=embedded, progress=bars)
    _print(result)
    facts = result.facts
    _lines(
        chosen,
        read_from,
        loaded,
        gallery=f"{facts['gallery_people']:,} people with {facts['gallery_photos']:,} photos",
        probes=f"{facts['mated_probes']:,} mated, {facts['nonmated_probes']:,} non-mated",
    )
    if json_ is not None:
        _write(json_, result, chosen, read_from, loaded, loaded.left_out)


@app.command("options")
def list_options() -> None:
    """List what `--protocol OPTION=VALUE` takes."""
    from faceaudit.protocols import Identification, Verification  # noqa: PLC0415 - slow to load

    for made in (Verification, Identification):
        table = Table(title=made.__name__.lower(), box=None, title_justify="left")
        for heading in ("option", "default", "what it is"):
            table.add_column(heading, overflow="fold")
        for name, field in made.model_fields.items():
            table.add_row(name, escape(str(field.default)), escape(field.description or ""))
        out.print(table)


def _load(source: Source, chosen: LoadedEmbedder, cache: Path, bars: Bars) -> Loaded:
    loaded = source.load(chosen.embedder.size, cache=cache / "faces", progress=bars)
    warn_left_out(loaded.left_out, "photos or people")
    return loaded


def _pairs(faces: FaceSet, path: str | None, per_person: int, folds: int | None) -> Pairs:
    """Return the pairs of a file, or pairs of the people in the faces."""
    from faceaudit.faces.pairs.read import Pairs, build_pairs, read_pairs  # noqa: PLC0415 - slow to load

    if path is not None:
        return read_pairs(path, faces, folds=folds or FOLDS)
    people = len(faces.names)
    if people < 4:
        raise SplitError(
            f"expected at least 4 people, two in each of two folds, to build pairs of, got {people}"
            "; give a list of pairs with --pairs, or photos of more people"
        )
    folds = folds or min(FOLDS, people // 2)
    return Pairs(build_pairs(faces, genuine_per_person=per_person, folds=folds, seed=0))


def _print(result: Result) -> None:
    table = Table(box=None)
    for heading in ("figure", "value", "95 % interval", "n", "how"):
        table.add_column(heading, justify="left" if heading in ("figure", "how") else "right")
    for figure in result.figures:
        one = figure.estimate
        if one is None:
            table.add_row(figure.metric, "unknown", "", "", escape(figure.why_none))
        else:
            ends = f"{one.low * 100:.2f} to {one.high * 100:.2f} %"
            table.add_row(figure.metric, f"{one.value * 100:.2f} %", ends, f"{one.n:,}", one.method)
    out.print(table)


def _lines(chosen: LoadedEmbedder, source: Source, loaded: Loaded, **more: str) -> None:
    """Print what the figures rest on, a line each."""
    network = f"{chosen.embedder.network.name}, {chosen.input}, {chosen.preparation}"
    align = getattr(source, "align", None)
    aligned = "not aligned here" if align is None else f"aligned by {align.name}"
    faces = f"{len(loaded.faces):,} photos of {len(loaded.faces.names):,} people, {aligned}"
    if loaded.remarks:
        faces += f"; {len(loaded.remarks):,} have a note, see `faceaudit faces inspect`"
    for key, value in {"network": network, "faces": faces, **more}.items():
        out.print(f"{key}: {value}", markup=False, highlight=False, soft_wrap=True)


def _write(
    path: Path,
    result: Result,
    chosen: LoadedEmbedder,
    source: Source,
    loaded: Loaded,
    left_out: tuple[LeftOut, ...],
) -> None:
    """Write a result with all that it rests on as JSON."""
    facts: dict[str, Any] = {
        "faceaudit": faceaudit.__version__,
        "source": source.spec().as_json(),
        "noted": len(loaded.remarks),
        "input": chosen.input,
        "preparation": chosen.preparation,
        "weights_file_sha256": chosen.sha256,
        **result.facts,
    }
    listed = tuple((item.id, item.reason) for item in left_out)
    whole = replace(result, facts=facts, listed=listed)
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(json.dumps(whole.as_json(), indent=1, allow_nan=False), "utf-8")
        part.replace(path)
    except OSError as error:
        raise OptionError(f"expected a file that can be written, got {path} ({error})") from None
