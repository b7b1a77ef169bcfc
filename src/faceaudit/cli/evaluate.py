"""`faceaudit evaluate verification` and `faceaudit evaluate identification`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from faceaudit.cli.console import out, progress, say, warn_left_out, write_json
from faceaudit.cli.evaluated import print_verification, say_what_was_used
from faceaudit.cli.figures import figures_table
from faceaudit.cli.groups import print_groups
from faceaudit.cli.parsing import options
from faceaudit.cli.parsing.align import AlignOption
from faceaudit.cli.parsing.embedders import NetworkOption, SetOption, WeightsOption, parse_embedder
from faceaudit.cli.parsing.sources import FacesOption, SourceSet, parse_source
from faceaudit.errors import OptionError

if TYPE_CHECKING:
    from faceaudit.api.faces import LoadedFaces
    from faceaudit.faces.sources.base import Source
    from faceaudit.progress import Progress
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
OptionalFaces = Annotated[
    str | None,
    typer.Option(
        "--faces",
        metavar="SOURCE",
        help="NAME:PATH, as in lfw:~/lfw/images.",
        show_default=False,
    ),
]
By = Annotated[
    list[str] | None,
    typer.Option(
        "--by",
        metavar="ATTRIBUTE",
        help="An attribute of the faces, such as age_group: print error rates in each of its "
        "groups, as often as needed. Without it, what sets the groups apart that the source knows.",
        show_default=False,
    ),
]
OptionalNetwork = Annotated[
    str | None,
    typer.Option(
        "--network",
        metavar="NAME",
        help="A network that `ls network` lists, or onnx:FILE.",
        show_default=False,
    ),
]


@app.command("verification")
def verification(
    faces: OptionalFaces = None,
    network: OptionalNetwork = None,
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
    fmr: options.FmrOption = None,
    protocol: Protocol = None,
    set_: SetOption = None,
    source: SourceSet = None,
    json_: options.JsonOption = None,
    scores: Annotated[
        Path | None,
        typer.Option(
            "--scores",
            metavar="FILE",
            help="Scores of comparisons, in place of photos and a network: CSV as --scores-out "
            "writes it, or lines of four or five columns.",
            show_default=False,
        ),
    ] = None,
    scores_out: Annotated[
        Path | None,
        typer.Option(
            "--scores-out",
            metavar="FILE",
            callback=options.output,
            help="Write every comparison with its score to this CSV file.",
            show_default=False,
        ),
    ] = None,
    det: Annotated[
        Path | None,
        typer.Option(
            "--det",
            metavar="FILE",
            callback=options.output,
            help="Draw the detection error tradeoff to this file, .svg or .png.",
            show_default=False,
        ),
    ] = None,
    by: By = None,
    store: options.StoreOption = options.DEFAULT_STORE,
) -> None:
    """Tell whether pairs of photos show one person: accuracy, TAR at FARs, thresholds, EER, AUC."""
    from faceaudit.api import evaluation as api  # noqa: PLC0415 - slow to load
    from faceaudit.api.scores import check_drawing, evaluate_scores  # noqa: PLC0415
    from faceaudit.protocols import Verification  # noqa: PLC0415
    from faceaudit.store import Store  # noqa: PLC0415

    asked = Verification(
        **_with_fmrs(
            options.parse_values(protocol, "--protocol", "flip=sum", model=Verification), fmr
        )
    )
    if scores is not None:
        _refuse_beside_scores(
            {
                "--faces": faces,
                "--network": network,
                "--weights": weights,
                "--pairs": pairs,
                "--folds": folds,
                "--align": align,
                "--network-set": set_,
                "--source": source,
                "--scores-out": scores_out,
                "--by": by,
            }
        )
        result = evaluate_scores(scores, det=det, **dict(asked))
        print_verification(result)
        say(f"scores: {scores}")
    else:
        if faces is None or network is None:
            raise OptionError(
                "expected --faces and --network, or --scores FILE, got "
                f"{'no --network' if faces else 'no --faces'}; try --faces lfw:~/lfw/images "
                "--network iresnet50 --weights FILE"
            )
        check_drawing(det, beside=scores_out)
        found, kept = parse_source(faces, source, align), Store(store)
        chosen = parse_embedder(network, weights, set_)
        with progress() as bars:
            loaded = _load(found, chosen, kept, bars, only=pairs)
            failed = api.failures_of(loaded) or ()
            listed = api.find_pairs(
                loaded.faces, pairs, per_person=per_person, folds=folds, failed=failed
            )
            warn_left_out(listed.left_out, "pairs")  # where few are left, the next line may fail
            result = api.evaluate_verification(
                chosen,
                loaded,
                listed,
                scores_out=scores_out,
                det=det,
                groups=by,
                cache=kept,
                progress=bars,
                **dict(asked),
            )
        print_verification(result)
        print_groups(result.groups, each=bool(by))
        say_what_was_used(chosen, loaded)
        photos, source_of_pairs = result.facts["photos"], result.facts["pairs_from"]
        say(f"photos: {photos:,} compared: {source_of_pairs}")
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
    by: By = None,
    store: options.StoreOption = options.DEFAULT_STORE,
) -> None:
    """Search a gallery with photos of its people and of strangers: rank-k, TPIR at FPIRs."""
    from faceaudit.api.evaluation import evaluate_identification  # noqa: PLC0415 - slow to load
    from faceaudit.protocols import Identification  # noqa: PLC0415
    from faceaudit.store import Store  # noqa: PLC0415

    asked = Identification(
        **options.parse_values(protocol, "--protocol", "flip=sum", model=Identification)
    )
    found, kept = parse_source(faces, source, align), Store(store)
    chosen = parse_embedder(network, weights, set_)
    with progress() as bars:
        loaded = _load(found, chosen, kept, bars)
        result = evaluate_identification(
            chosen, loaded, groups=by, cache=kept, progress=bars, **dict(asked)
        )
    out.print(figures_table(result.figures))
    print_groups(result.groups, each=bool(by))
    facts = result.facts
    say_what_was_used(
        chosen,
        loaded,
        gallery=f"{facts['gallery_people']:,} people with {facts['gallery_photos']:,} photos",
        probes=f"{facts['mated_probes']:,} mated, {facts['nonmated_probes']:,} non-mated",
    )
    if json_ is not None:
        write_json(json_, result.as_json())


def _with_fmrs(protocol: dict[str, Any], fmr: list[str] | None) -> dict[str, Any]:
    """Return options of the protocol with the rates of `--fmr`."""
    if not fmr:
        return protocol
    from faceaudit.api.rates import find_rate  # noqa: PLC0415 - not needed for help

    if "fmrs" in protocol:
        raise OptionError("expected --fmr or --protocol fmrs=..., got both; leave one out")
    return {**protocol, "fmrs": [find_rate(one, "--fmr") for one in fmr]}


def _refuse_beside_scores(others: dict[str, object]) -> None:
    given = [option for option, value in others.items() if value]
    if given:
        raise OptionError(
            f"expected --scores FILE alone, which needs no photos and no network, got "
            f"{' and '.join(given)} beside it; leave one or the other out"
        )


@app.command("options")
def list_options() -> None:
    """List what `--protocol OPTION=VALUE` takes."""
    from faceaudit.protocols import Identification, Verification  # noqa: PLC0415 - slow to load

    for made in (Verification, Identification):
        table = Table(title=made.__name__.lower(), box=None, title_justify="left")
        for heading in ("option", "default", "what it is"):
            table.add_column(heading, overflow="fold")
        for name, field in made.model_fields.items():
            table.add_row(name, str(field.default), field.description or "")
        out.print(table)


def _load(
    source: Source, chosen: LoadedEmbedder, kept: Store, bars: Progress, *, only: str | None = None
) -> LoadedFaces:
    from faceaudit.api.faces import load_faces  # noqa: PLC0415 - slow to load

    loaded = load_faces(source, chosen.embedder.size, only=only, cache=kept, progress=bars)
    warn_left_out(loaded.left_out, "photos or people")
    return loaded
