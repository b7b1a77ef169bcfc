"""`faceaudit faces compare-alignments`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from faceaudit.cli.console import out, progress, say, warn_left_out, write_json
from faceaudit.cli.parsing import options
from faceaudit.cli.parsing.align import AlignOption
from faceaudit.cli.parsing.embedders import NetworkOption, SetOption, WeightsOption, parse_embedder
from faceaudit.cli.parsing.sources import SourceArgument, SourceSet, parse_source
from faceaudit.errors import OptionError

if TYPE_CHECKING:
    from faceaudit.api.alignments import AlignmentHint
    from faceaudit.types import Estimate


def compare_alignments(
    source: SourceArgument,
    network: NetworkOption,
    weights: WeightsOption = None,
    align: AlignOption = None,
    templates: Annotated[
        str | None,
        typer.Option(
            "--templates",
            metavar="NAME,...",
            help="Templates to try, as in arcface,dlib; all of them by default.",
            show_default=False,
        ),
    ] = None,
    zooms: Annotated[
        str | None,
        typer.Option(
            "--zooms",
            metavar="ZOOM,...",
            help="Zooms to try each at; 0.85,1,1.15 by default.",
            show_default=False,
        ),
    ] = None,
    pairs: Annotated[
        int, typer.Option("--pairs", min=4, help="Genuine pairs, and as many impostor pairs.")
    ] = 300,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Draws the pairs.")] = 0,
    set_: SetOption = None,
    source_set: SourceSet = None,
    json_: options.JsonOption = None,
    store: options.StoreOption = options.DEFAULT_STORE,
) -> None:
    """Tell which crop a network was trained on, from pairs of photos framed in several ways."""
    from faceaudit.api import alignments  # noqa: PLC0415 - slow to load
    from faceaudit.store import Store  # noqa: PLC0415

    names = alignments.TEMPLATES if templates is None else templates.split(",")
    sizes = alignments.ZOOMS if zooms is None else _parse_zooms(zooms)
    found = parse_source(source, source_set, align)
    alignments.find_ways(alignments.photo_source(found).align, names, sizes)  # before the network
    chosen = parse_embedder(network, weights, set_)
    with progress() as bars:
        hint = alignments.compare_alignments(
            chosen,
            found,
            templates=names,
            zooms=sizes,
            pairs=pairs,
            seed=seed,
            cache=Store(store),
            progress=bars,
        )
    warn_left_out(hint.left_out, "photos")
    out.print(_table(hint))
    say(
        f"{hint.genuine:,} genuine and {hint.impostor:,} impostor pairs of {hint.people:,} people, "
        f"{hint.photos:,} photos; differences together at 95 %"
    )
    say(hint.verdict)
    if hint.best.align is None:
        say("best without --align")
    else:
        say(f"--source align.template={hint.best.template} --source align.zoom={hint.best.zoom:g}")
    if json_ is not None:
        write_json(json_, hint.as_json())


def _parse_zooms(text: str) -> list[float]:
    try:
        return [float(zoom) for zoom in text.split(",")]
    except ValueError:
        raise OptionError(f"expected --zooms ZOOM,..., got {text!r}; try 0.85,1,1.15") from None


def _table(hint: AlignmentHint) -> Table:
    """Return a row for each way that was tried, the best first."""
    table = Table(box=None)
    for heading in ("way", "d'", "behind the best", "shown", "AUC", "accuracy"):
        table.add_column(heading, justify="left" if heading in ("way", "shown") else "right")
    for one in hint.tried:
        found = one.measured
        behind = "" if found.behind is None else _spelled(found.behind, 1, 2)
        shown = "" if found.behind is None else ("yes" if found.shown_worse else "no")
        table.add_row(
            one.title,
            _spelled(found.separation, 1, 2),
            behind,
            shown,
            _spelled(found.auc, 100, 2),
            _spelled(found.accuracy, 100, 2),
        )
    return table


def _spelled(estimate: Estimate, times: float, digits: int) -> str:
    value, low, high = (
        f"{times * one:.{digits}f}" for one in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} ({low} to {high})"
