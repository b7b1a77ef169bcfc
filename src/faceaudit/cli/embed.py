"""`faceaudit embed`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from faceaudit.cli.console import out, progress, say, warn_left_out
from faceaudit.cli.parsing import options
from faceaudit.cli.parsing.align import AlignOption
from faceaudit.cli.parsing.embedders import NetworkOption, SetOption, WeightsOption, parse_embedder
from faceaudit.cli.parsing.sources import SourceArgument, SourceSet, parse_source


def embed(
    source: SourceArgument,
    network: NetworkOption,
    weights: WeightsOption = None,
    align: AlignOption = None,
    set_: SetOption = None,
    source_set: SourceSet = None,
    pairs: Annotated[
        str | None,
        typer.Option(
            "--pairs",
            metavar="FILE",
            help="A list of pairs as `evaluate verification` takes it: only its photos are read.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            callback=options.output,
            help="Also write them, with ids and people, to this .npz file.",
            show_default=False,
        ),
    ] = None,
    store: options.StoreOption = options.DEFAULT_STORE,
) -> None:
    """Embed the photos of a source, each once; what was embedded before is not embedded again."""
    from faceaudit.api.embedding import embed_faces, save_embeddings  # noqa: PLC0415 - slow to load
    from faceaudit.api.faces import load_faces  # noqa: PLC0415
    from faceaudit.store import Store  # noqa: PLC0415

    found = parse_source(source, source_set, align)
    chosen = parse_embedder(network, weights, set_)
    kept = Store(store)
    with progress() as bars:
        size = chosen.embedder.size
        loaded = load_faces(found, size, only=pairs, cache=kept, progress=bars)
        embedded = embed_faces(chosen.embedder, loaded, cache=kept, progress=bars)
    out.print(f"{len(embedded):,} photos embedded, {len(loaded.left_out):,} left out")
    warn_left_out(loaded.left_out, "photos")
    say(f"{chosen.embedder.network.name}, {chosen.input}, {chosen.preparation}")
    say(str(embedded.folder))
    if output is not None:
        say(str(save_embeddings(output, embedded.take(), loaded.faces)))
