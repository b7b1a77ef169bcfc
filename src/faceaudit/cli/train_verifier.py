"""`faceaudit train-verifier`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from faceaudit.cli.console import out, progress, say, warn, warn_left_out
from faceaudit.cli.figures import figures_table, thresholds_table
from faceaudit.cli.parsing import options
from faceaudit.cli.parsing.align import AlignOption
from faceaudit.cli.parsing.backbones import parse_backbones
from faceaudit.cli.parsing.sources import FacesOption, SourceSet, parse_source

if TYPE_CHECKING:
    from faceaudit.api.faces import LoadedFaces
    from faceaudit.api.training import TrainedVerifier
    from faceaudit.faces.pairs.held_out import HeldOut
    from faceaudit.faces.sources.base import Source
    from faceaudit.progress import Progress
    from faceaudit.store import Store
    from faceaudit.systems.embedding.load import LoadedEmbedder


def train_verifier(
    faces: FacesOption,
    network: Annotated[
        list[str],
        typer.Option(
            "--network",
            metavar="NAME",
            help="A network that `ls network` lists, or onnx:FILE; once for each backbone.",
        ),
    ],
    weights: Annotated[
        list[str] | None,
        typer.Option(
            "--weights",
            metavar="FILE",
            help="Trained weights, as in `evaluate`; once for each network, in their order "
            "(onnx:FILE has its own).",
            show_default=False,
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--network-set",
            metavar="OPTION=VALUE",
            help="An option of every network, as in width=0.5; of the second alone: 1.width=0.5.",
            show_default=False,
        ),
    ] = None,
    pairs: options.PairsOption = None,
    per_person: options.PerPersonOption = 10,
    held_out: Annotated[
        float,
        typer.Option(
            "--held-out",
            metavar="SHARE",
            help="Share of the people whose pairs are only tested.",
        ),
    ] = 0.2,
    predictor: Annotated[
        str,
        typer.Option("--predictor", metavar="NAME", help="One that `ls predictor` lists."),
    ] = "difference_network",
    predictor_set: Annotated[
        list[str] | None,
        typer.Option(
            "--predictor-set",
            metavar="OPTION=VALUE",
            help="An option of the predictor, as in epochs=10; `show NAME` lists them.",
            show_default=False,
        ),
    ] = None,
    facebone: Annotated[
        str | None,
        typer.Option(
            "--facebone",
            metavar="pair|batch|all",
            help="Which backbone a pair is learned with; needed for several.",
            show_default=False,
        ),
    ] = None,
    query: Annotated[
        str,
        typer.Option(
            "--query",
            metavar="one|random|average",
            help="How users ask several backbones: the first, one drawn for each pair, or all "
            "averaged.",
        ),
    ] = "one",
    threshold: Annotated[
        float, typer.Option("--threshold", min=0, max=1, help="Scores from here on are accepted.")
    ] = 0.5,
    fmr: options.FmrOption = None,
    align: AlignOption = None,
    source: SourceSet = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Draws who is held out, the pairs, the training.")
    ] = 0,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            callback=options.output,
            help="The file to write the verifier to.",
        ),
    ] = Path("verifier.safetensors"),
    store: options.StoreOption = options.DEFAULT_STORE,
) -> None:
    """Train a verifier of faces on pairs of photos, and keep all it needs in one file."""
    from faceaudit.api.rates import find_rates  # noqa: PLC0415 - not needed for help
    from faceaudit.api.training import train_verifier as train  # noqa: PLC0415 - slow to load
    from faceaudit.metrics import FMRS  # noqa: PLC0415
    from faceaudit.mitigations.train_verifier import mitigation_for  # noqa: PLC0415
    from faceaudit.store import Store  # noqa: PLC0415
    from faceaudit.systems.predictors import predictors  # noqa: PLC0415

    rates = FMRS if not fmr else find_rates(fmr, "--fmr")
    more = options.parse_values(
        predictor_set, "--predictor-set", "epochs=10", model=predictors.base
    )
    decides = predictors.build({"predictor": predictor, **more})
    found, kept = parse_source(faces, source, align), Store(store)
    chosen = parse_backbones(network, weights, set_)
    mitigation_for(len(chosen), facebone, query)  # before photos are read
    with progress() as bars:
        loaded = _load(found, chosen, kept, bars, pairs)
        trained = train(
            loaded,
            chosen,
            pairs=_hold_out(loaded[0], pairs, held_out, per_person, seed),
            predictor=decides,
            facebone=facebone,  # type: ignore[arg-type]  # checked above
            query=query,  # type: ignore[arg-type]
            threshold=threshold,
            fmrs=rates,
            seed=seed,
            cache=kept,
            progress=bars,
        )
    trained.save(output)
    out.print(figures_table(trained.figures))
    out.print()
    out.print(thresholds_table(trained.thresholds))
    _say_what_was_used(chosen, trained)
    for folder in trained.embeddings:
        say(f"embeddings: {folder}")
    say(f"threshold: {trained.verifier.threshold:g}")
    say(f"verifier: {output}")


def _load(
    source: Source,
    chosen: Sequence[LoadedEmbedder],
    kept: Store,
    bars: Progress,
    pairs: str | None,
) -> list[LoadedFaces]:
    """Return the faces at each backbone's size, each size loaded once; those of a list alone."""
    from faceaudit.api.arguments import folders  # noqa: PLC0415 - slow to load
    from faceaudit.api.faces import faces_at  # noqa: PLC0415

    sizes = [one.embedder.size for one in chosen]
    loaded = faces_at(source, sizes, folders(kept, bars), only=pairs)
    warn_left_out(loaded[0].left_out, "photos or people")
    return loaded


def _hold_out(
    loaded: LoadedFaces, path: str | None, share: float, per_person: int, seed: int
) -> HeldOut:
    """Return the pairs to learn from and to test on; what is left out is said before the work."""
    from faceaudit.api.evaluation import find_pairs  # noqa: PLC0415 - slow to load
    from faceaudit.api.training import find_held_out  # noqa: PLC0415

    listed = None
    if path is not None:
        listed = find_pairs(loaded.faces, path)
        warn_left_out(listed.left_out, "pairs")
    held = find_held_out(loaded.faces, listed, share=share, per_person=per_person, seed=seed)
    if held.mixed:
        warn(
            f"pairs left out: {held.mixed:,} of {len(held.pairs):,}, each of a person to learn "
            "from and one to test on"
        )
    return held


def _say_what_was_used(chosen: Sequence[LoadedEmbedder], trained: TrainedVerifier) -> None:
    """Print what the figures rest on, a line each."""
    for one in chosen:
        say(f"network: {one.embedder.network.name}, {one.input}, {one.preparation}")
    loaded, held = trained.faces[0], trained.pairs
    aligned = "not aligned here" if loaded.align is None else f"aligned by {loaded.align.name}"
    people = len(loaded.faces.names)
    say(f"faces: {len(loaded.faces):,} photos of {people:,} people, {aligned}")
    for name, side, count in zip(
        ("trained on", "held out"), (held.train, held.test), held.people, strict=True
    ):
        genuine = int(held.pairs.same[side].sum())
        say(
            f"{name}: {genuine:,} genuine and {len(side) - genuine:,} impostor pairs of "
            f"{count:,} people: {held.pairs.what}"
        )
    how = trained.mitigation.name
    predictor = trained.verifier.predictor.name
    say(f"predictor: {predictor}" + ("" if how == "none" else f", {how}"))
