"""`faceaudit train-verifier`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.table import Table

from faceaudit.cli.console import Bars, out, progress, warn, warn_left_out
from faceaudit.cli.faces import SourceSet, parse_source
from faceaudit.cli.parsing import options
from faceaudit.cli.parsing.align import AlignOption
from faceaudit.cli.parsing.backbones import parse_backbones
from faceaudit.errors import OptionError

if TYPE_CHECKING:
    from faceaudit.cli.parsing.embedders import LoadedEmbedder
    from faceaudit.faces.pairs.held_out import HeldOut
    from faceaudit.faces.sources.base import Loaded, Source
    from faceaudit.mitigations.membership import MembershipMitigation
    from faceaudit.systems.verifiers.pairs import EmbeddedPairs
    from faceaudit.systems.verifiers.verifier import Verifier
    from faceaudit.types import FaceSet

FAR = 0.01
"""The false accept rate at which the true accept rate is printed."""


def train_verifier(
    faces: Annotated[
        str,
        typer.Option("--faces", metavar="SOURCE", help="NAME:PATH, as in lfw:~/lfw/images."),
    ],
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
            "--set",
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
    from faceaudit.audit.common.workspace import workspace  # noqa: PLC0415 - slow to load
    from faceaudit.mitigations.train_verifier import train_verifier as train  # noqa: PLC0415
    from faceaudit.store import Store  # noqa: PLC0415
    from faceaudit.systems.predictors import predictors  # noqa: PLC0415
    from faceaudit.systems.verifiers.embed_pairs import embed_pairs  # noqa: PLC0415
    from faceaudit.systems.verifiers.file import save_verifier  # noqa: PLC0415

    chosen = parse_backbones(network, weights, set_)
    embedders = [one.embedder for one in chosen]
    decides = predictors.build(
        {
            "predictor": predictor,
            **options.parse_values(predictor_set, "--predictor-set", "epochs=10"),
        }
    )
    mitigation = _mitigation(len(chosen), facebone, query)
    cache = workspace(Store(store))
    embedded_in = cache / "work" / "embeddings"
    with progress() as bars:
        read_from = parse_source(faces, source, align)
        loaded = _load(read_from, chosen, cache / "faces", bars)
        held = _held_out(loaded[0].faces, pairs, held_out, per_person, seed)
        embedded = embed_pairs(
            embedders, [one.faces for one in loaded], held.pairs, cache=embedded_in, progress=bars
        )
        verifier = train(
            embedders,
            embedded,
            decides,
            rows=held.train,
            mitigation=mitigation,
            seed=seed,
            threshold=threshold,
            align=getattr(read_from, "align", None),
            crop=getattr(read_from, "crop", 1.0),
            progress=bars,
        )
    rows, accuracy = _judged(verifier, embedded, held)
    trained = _facts(read_from, loaded[0].faces, held, mitigation, seed) | {"accuracy": accuracy}
    save_verifier(replace(verifier, trained=trained), output)
    _print(rows)
    _lines(chosen, read_from, loaded[0], held, decides.name, mitigation)
    for one in embedders:
        _say(f"embeddings: {embedded_in / one.id}")
    _say(f"threshold: {verifier.threshold:g}")
    _say(f"verifier: {output}")


def _mitigation(backbones: int, facebone: str | None, query: str) -> MembershipMitigation:
    from faceaudit.mitigations.membership import membership_mitigations  # noqa: PLC0415 - slow to load

    if facebone is not None:
        spelled = {"mitigation": "facebone", "assignment": facebone, "query": query}
        built = membership_mitigations.build(spelled)
        if backbones == 1:
            raise OptionError(
                "expected at least two backbones with --facebone, got one; give --network and "
                "--weights once for each, or leave --facebone out"
            )
        return built
    if backbones == 1 and query != "one":
        raise OptionError(
            "expected several backbones and --facebone pair, batch or all for --query "
            f"{query}, got one backbone; give --network and --weights once for each, or leave "
            "--query out"
        )
    if backbones > 1:
        raise OptionError(
            f"expected --facebone pair, batch or all for {backbones} backbones, got none; say "
            "which backbone a pair is learned with"
        )
    return membership_mitigations.build("none")


def _load(
    source: Source, chosen: Sequence[LoadedEmbedder], cache: Path, bars: Bars
) -> list[Loaded]:
    """Return the faces at each backbone's size, each size loaded once."""
    sizes = dict.fromkeys(one.embedder.size for one in chosen)
    found = {size: source.load(size, cache=cache, progress=bars) for size in sizes}
    warn_left_out(next(iter(found.values())).left_out, "photos or people")
    return [found[one.embedder.size] for one in chosen]


def _held_out(
    faces: FaceSet, path: str | None, share: float, per_person: int, seed: int
) -> HeldOut:
    from faceaudit.faces.pairs.held_out import build_held_out, hold_out  # noqa: PLC0415
    from faceaudit.faces.pairs.read import read_pairs  # noqa: PLC0415 - slow to load

    if path is None:
        return build_held_out(faces, share=share, per_person=per_person, seed=seed)
    listed = read_pairs(path, faces)
    warn_left_out(listed.left_out, "pairs")
    held = hold_out(faces, listed.pairs, share=share, seed=seed)
    if held.mixed:
        warn(
            f"pairs left out: {held.mixed:,} of {len(listed.pairs):,}, each of a person to learn "
            "from and one to test on"
        )
    return held


def _judged(
    verifier: Verifier, embedded: EmbeddedPairs, held: HeldOut
) -> tuple[list[tuple[str, ...]], dict[str, Any]]:
    """Return the rows of the table of figures, and the accuracies as plain values."""
    from faceaudit.metrics import tar_at_far, wilson  # noqa: PLC0415 - slow to load

    rows: list[tuple[str, ...]] = []
    accuracy: dict[str, Any] = {}
    for name, side in (("held out", held.test), ("trained on", held.train)):
        mine = embedded.take(side)
        scores = verifier.score_pairs(mine)
        right = int((verifier.accepts(scores) == mine.same).sum())
        one = wilson(right, len(mine))
        rows.append((f"accuracy, {name}", *_cells(one.value, one.low, one.high, one.n), one.method))
        accuracy[name.replace(" ", "_")] = {"value": one.value, "n": one.n}
        if side is held.test:
            point = tar_at_far(scores[mine.same], scores[~mine.same], [FAR])[0]
            title = f"tar@far={FAR:g}, {name}"
            if point.tar is None:
                rows.append((title, "unknown", "", "", point.why))
            else:
                tar = point.tar
                rows.append((title, *_cells(tar.value, tar.low, tar.high, tar.n), tar.method))
    return rows, accuracy


def _cells(value: float, low: float, high: float, n: int) -> tuple[str, str, str]:
    return f"{value * 100:.2f} %", f"{low * 100:.2f} to {high * 100:.2f} %", f"{n:,}"


def _facts(
    source: Source, faces: FaceSet, held: HeldOut, mitigation: MembershipMitigation, seed: int
) -> dict[str, Any]:
    """Return what is kept of the training: no names and no paths."""
    same = held.pairs.same
    return {
        "source": source.name,
        "faces": faces.fingerprint,
        "pairs_from": held.pairs.what,
        "pairs": {"trained_on": len(held.train), "held_out": len(held.test)},
        "genuine": {
            "trained_on": int(same[held.train].sum()),
            "held_out": int(same[held.test].sum()),
        },
        "people": {"trained_on": held.people[0], "held_out": held.people[1]},
        "mitigation": mitigation.spec().as_json(),
        "seed": seed,
    }


def _print(rows: Sequence[tuple[str, ...]]) -> None:
    table = Table(box=None)
    for heading in ("figure", "value", "95 % interval", "n", "how"):
        table.add_column(heading, justify="left" if heading in ("figure", "how") else "right")
    for row in rows:
        table.add_row(*row)
    out.print(table)


def _lines(
    chosen: Sequence[LoadedEmbedder],
    source: Source,
    loaded: Loaded,
    held: HeldOut,
    predictor: str,
    mitigation: MembershipMitigation,
) -> None:
    """Print what the figures rest on, a line each."""
    for one in chosen:
        _say(f"network: {one.embedder.network.name}, {one.input}, {one.preparation}")
    align = getattr(source, "align", None)
    aligned = "not aligned here" if align is None else f"aligned by {align.name}"
    faces = loaded.faces
    _say(f"faces: {len(faces):,} photos of {len(faces.names):,} people, {aligned}")
    for name, side, people in zip(
        ("trained on", "held out"), (held.train, held.test), held.people, strict=True
    ):
        genuine = int(np.count_nonzero(held.pairs.same[side]))
        _say(
            f"{name}: {genuine:,} genuine and {len(side) - genuine:,} impostor pairs of "
            f"{people:,} people: {held.pairs.what}"
        )
    how = "" if mitigation.name == "none" else f", {mitigation.name}"
    _say(f"predictor: {predictor}{how}")


def _say(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)
