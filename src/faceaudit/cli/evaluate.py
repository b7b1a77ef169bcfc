"""`faceaudit evaluate verification` and `faceaudit evaluate identification`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from faceaudit.audit import workspace
from faceaudit.cli import options
from faceaudit.cli.align import AlignOption
from faceaudit.cli.console import Bars, out, progress, warn
from faceaudit.cli.embedders import NetworkOption, SetOption, WeightsOption, parse_embedder
from faceaudit.cli.faces import parse_source
from faceaudit.faces.pairs import build_pairs, read_pairs
from faceaudit.faces.source import LeftOut, Loaded, Source
from faceaudit.protocols import Identification, Result, Verification, identify, verify
from faceaudit.store import Store
from faceaudit.systems import Embedder

app = typer.Typer(help="Run a protocol of the field on a network.", no_args_is_help=True)

Faces = Annotated[
    str, typer.Option("--faces", metavar="SOURCE", help="NAME:PATH, as in lfw:~/lfw/images.")
]
SourceSet = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        metavar="OPTION=VALUE",
        help="An option of the source, as in people=50.",
        show_default=False,
    ),
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
    typer.Option("--json", metavar="OUT", help="Write all of it to this file.", show_default=False),
]
SHOWN = 10


@app.command("verification")
def verification(
    faces: Faces,
    network: NetworkOption,
    weights: WeightsOption = None,
    pairs: Annotated[
        str | None,
        typer.Option(
            "--pairs",
            metavar="FILE",
            help="LFW's pairs.txt, a CSV, a list or an insightface .bin; without one, pairs are "
            "built from the people in the faces.",
            show_default=False,
        ),
    ] = None,
    per_person: Annotated[
        int, typer.Option("--per-person", help="Genuine pairs a person, when pairs are built.")
    ] = 10,
    align: AlignOption = None,
    protocol: Protocol = None,
    set_: SetOption = None,
    source: SourceSet = None,
    json_: Json = None,
    scores: Annotated[
        Path | None,
        typer.Option("--scores", help="Write every pair's distance to this CSV file."),
    ] = None,
    store: options.StoreOption = options.DEFAULT_STORE,
) -> None:
    """Tell whether pairs of photos show one person: accuracy on folds, TAR at FARs, EER, AUC."""
    chosen = Verification(**options.parse_values(protocol, "--protocol", "flip=sum"))
    embedder = parse_embedder(network, weights, set_)
    cache = workspace(Store(store))
    with progress() as bars:
        loaded = _load(parse_source(faces, source, align), embedder, cache, bars)
        if pairs is None:
            folds = max(2, min(10, len(loaded.faces.names) // 2))
            listed = build_pairs(loaded.faces, genuine_per_person=per_person, folds=folds, seed=0)
            missing: tuple[LeftOut, ...] = ()
        else:
            read = read_pairs(pairs, loaded.faces)
            listed, missing = read.pairs, read.left_out
        result = verify(
            embedder,
            loaded.faces,
            listed,
            chosen,
            cache=cache / "work" / "embeddings",
            scores=scores,
            progress=bars,
        )
    _say(result, (*loaded.left_out, *missing), json_)


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
    chosen = Identification(**options.parse_values(protocol, "--protocol", "flip=sum"))
    embedder = parse_embedder(network, weights, set_)
    cache = workspace(Store(store))
    with progress() as bars:
        loaded = _load(parse_source(faces, source, align), embedder, cache, bars)
        embedded = cache / "work" / "embeddings"
        result = identify(embedder, loaded.faces, chosen, cache=embedded, progress=bars)
    _say(result, loaded.left_out, json_)


@app.command("options")
def list_options() -> None:
    """List what `--protocol OPTION=VALUE` takes."""
    for made in (Verification, Identification):
        table = Table(title=made.__name__.lower(), box=None, title_justify="left")
        for heading in ("option", "default", "what it is"):
            table.add_column(heading, overflow="fold")
        for name, field in made.model_fields.items():
            table.add_row(name, escape(str(field.default)), escape(field.description or ""))
        out.print(table)


def _load(source: Source, embedder: Embedder, cache: Path, bars: Bars) -> Loaded:
    return source.load(embedder.size, cache=cache / "faces", progress=bars)


def _say(result: Result, left_out: tuple[LeftOut, ...], path: Path | None) -> None:
    facts = result.facts
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
    for key in ("convention", "rule", "pairs_from"):
        if key in facts:
            out.print(f"{key.replace('_', ' ')}: {facts[key]}", markup=False, highlight=False)
    if left_out:
        warn(f"{len(left_out):,} photos or pairs were left out; the first are")
        for item in left_out[:SHOWN]:
            out.print(f"  {item.id}: {item.reason}", markup=False, highlight=False)
    if path is not None:
        listed = tuple((item.id, item.reason) for item in left_out)
        whole = Result(result.protocol, result.figures, facts, result.curve, listed)
        part = path.with_name(f"{path.name}.part")
        part.write_text(json.dumps(whole.as_json(), indent=1, allow_nan=False), "utf-8")
        part.replace(path)
