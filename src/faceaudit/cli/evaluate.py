"""`faceaudit evaluate verification` and `faceaudit evaluate identification`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from faceaudit.cli.console import Bars, out, progress, say, warn_left_out, write_json
from faceaudit.cli.figures import figures_table
from faceaudit.cli.parsing import options
from faceaudit.cli.parsing.align import AlignOption
from faceaudit.cli.parsing.embedders import NetworkOption, SetOption, WeightsOption, parse_embedder
from faceaudit.cli.parsing.sources import FacesOption, SourceSet, parse_source

if TYPE_CHECKING:
    from faceaudit.api.faces import LoadedFaces
    from faceaudit.faces.sources.base import Source
    from faceaudit.store import Store
    from faceaudit.systems.embedding.load import LoadedEmbedder

app = typer.Typer(help="Run a protocol of the field on a network.", no_args_is_help=True)

Protocol = Annotated[
    list[str] | None,
    typer.Option(
        "--protocol",
        metavar="OPTION=VALUE",
        help="An option of the protocol, as in flip=sum; `evaluate options` lists them.",
        show_default=False,
    ),
]


@app.command("verification")
def verification(
    faces: FacesOption,
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
    json_: options.JsonOption = None,
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
    from faceaudit.api.evaluation import (  # noqa: PLC0415 - slow to load
        evaluate_verification,
        find_pairs,
    )
    from faceaudit.protocols import Verification  # noqa: PLC0415
    from faceaudit.store import Store  # noqa: PLC0415

    asked = Verification(**options.parse_values(protocol, "--protocol", "flip=sum"))
    found, kept = parse_source(faces, source, align), Store(store)
    chosen = parse_embedder(network, weights, set_)
    with progress() as bars:
        loaded = _load(found, chosen, kept, bars)
        listed = find_pairs(loaded.faces, pairs, per_person=per_person, folds=folds)
        warn_left_out(listed.left_out, "pairs")  # now: where few are left, the next line may fail
        result = evaluate_verification(
            chosen, loaded, listed, scores=scores, cache=kept, progress=bars, **dict(asked)
        )
    out.print(figures_table(result.figures))
    facts = result.facts
    _say_what_was_used(
        chosen,
        loaded,
        pairs=f"{facts['genuine']:,} genuine and {facts['impostor']:,} impostor, of "
        f"{facts['photos']:,} photos: {facts['pairs_from']}",
        convention=f"{facts['convention']}: {facts['rule']}",
    )
    if json_ is not None:
        write_json(json_, result.as_json())


@app.command("identification")
def identification(
    faces: FacesOption,
    network: NetworkOption,
    weights: WeightsOption = None,
    align: AlignOption = None,
    protocol: Protocol = None,
    set_: SetOption = None,
    source: SourceSet = None,
    json_: options.JsonOption = None,
    store: options.StoreOption = options.DEFAULT_STORE,
) -> None:
    """Search a gallery with photos of its people and of strangers: rank-k, TPIR at FPIRs."""
    from faceaudit.api.evaluation import evaluate_identification  # noqa: PLC0415 - slow to load
    from faceaudit.protocols import Identification  # noqa: PLC0415
    from faceaudit.store import Store  # noqa: PLC0415

    asked = Identification(**options.parse_values(protocol, "--protocol", "flip=sum"))
    found, kept = parse_source(faces, source, align), Store(store)
    chosen = parse_embedder(network, weights, set_)
    with progress() as bars:
        loaded = _load(found, chosen, kept, bars)
        result = evaluate_identification(chosen, loaded, cache=kept, progress=bars, **dict(asked))
    out.print(figures_table(result.figures))
    facts = result.facts
    _say_what_was_used(
        chosen,
        loaded,
        gallery=f"{facts['gallery_people']:,} people with {facts['gallery_photos']:,} photos",
        probes=f"{facts['mated_probes']:,} mated, {facts['nonmated_probes']:,} non-mated",
    )
    if json_ is not None:
        write_json(json_, result.as_json())


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


def _load(source: Source, chosen: LoadedEmbedder, kept: Store, bars: Bars) -> LoadedFaces:
    from faceaudit.api.faces import load_faces  # noqa: PLC0415 - slow to load

    loaded = load_faces(source, chosen.embedder.size, cache=kept, progress=bars)
    warn_left_out(loaded.left_out, "photos or people")
    return loaded


def _say_what_was_used(chosen: LoadedEmbedder, loaded: LoadedFaces, **more: str) -> None:
    """Print what the figures rest on, a line each."""
    network = f"{chosen.embedder.network.name}, {chosen.input}, {chosen.preparation}"
    aligned = "not aligned here" if loaded.align is None else f"aligned by {loaded.align.name}"
    faces = f"{len(loaded.faces):,} photos of {len(loaded.faces.names):,} people, {aligned}"
    if loaded.remarks:
        faces += f"; {len(loaded.remarks):,} have a note, see `faceaudit faces inspect`"
    for key, value in {"network": network, "faces": faces, **more}.items():
        say(f"{key}: {value}")
