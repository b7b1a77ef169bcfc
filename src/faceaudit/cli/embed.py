"""`faceaudit embed`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from faceaudit.cli.console import out, progress, warn_left_out
from faceaudit.cli.faces import SourceArgument, SourceSet, parse_source
from faceaudit.cli.parsing import options
from faceaudit.cli.parsing.align import AlignOption
from faceaudit.cli.parsing.embedders import NetworkOption, SetOption, WeightsOption, parse_embedder


def embed(
    source: SourceArgument,
    network: NetworkOption,
    weights: WeightsOption = None,
    align: AlignOption = None,
    set_: SetOption = None,
    source_set: SourceSet = None,
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
    """Embed every photo of a source once; what was embedded before is not embedded again."""
    from faceaudit.audit.common.workspace import workspace  # noqa: PLC0415 - slow to load
    from faceaudit.store import Store  # noqa: PLC0415
    from faceaudit.systems import embeddings  # noqa: PLC0415

    chosen = parse_embedder(network, weights, set_)
    embedder = chosen.embedder
    cache = workspace(Store(store))
    with progress() as bars:
        loaded = parse_source(source, source_set, align).load(
            embedder.size, cache=cache / "faces", progress=bars
        )
        faces = loaded.faces
        folder = cache / "work" / "embeddings"
        found = embeddings(embedder, faces.images, cache=folder, progress=bars)
    out.print(f"{len(found):,} photos embedded, {len(loaded.left_out):,} left out")
    warn_left_out(loaded.left_out, "photos")
    line = f"{embedder.network.name}, {chosen.input}, {chosen.preparation}"
    out.print(line, markup=False, highlight=False)
    out.print(str(folder / embedder.id), markup=False, highlight=False, soft_wrap=True)
    if output is not None:
        people = np.array(faces.names)[faces.identity]
        with output.open("wb") as file:
            np.savez(file, embeddings=found.take(), ids=np.array(faces.ids), people=people)
        out.print(str(output), markup=False, highlight=False, soft_wrap=True)
