"""`faceaudit scan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from faceaudit.cli.console import mark, out, progress, say, use_all_cores, write_json
from faceaudit.cli.parsing import options

if TYPE_CHECKING:
    from faceaudit.api.scan import IdentifierScan

STATUS = {"nothing found": 0, "suspicious": 3, "not testable": 4}
"""The exit status of each verdict; 1 and 2 are those of errors."""
STYLES = {"nothing found": "green", "suspicious": "bold red", "not testable": "bold yellow"}
SHOWN = 5
"""People that are printed."""


def scan(
    system: Annotated[
        str,
        typer.Argument(
            help="The identifier: DOOR:PATH, as file:FILE.h5 or onnx:FILE; `faceaudit ls "
            "system_under_test` lists the doors.",
        ),
    ],
    strangers: Annotated[
        str | None,
        typer.Option(
            "--strangers",
            metavar="SOURCE",
            help="Photos of people whom it does not know: NAME:PATH of a source, or a folder. "
            "People who do not exist when not given.",
            show_default=False,
        ),
    ] = None,
    system_options: Annotated[
        list[str] | None,
        typer.Option(
            "--system",
            metavar="OPTION=VALUE",
            help="An option of the system, as in network=deepid or names=people.txt.",
            show_default=False,
        ),
    ] = None,
    stage: Annotated[
        list[str] | None,
        typer.Option(
            "--stage",
            metavar="NAME",
            help="A way to look for targets; as often as needed, the usual ones when not given. "
            "`faceaudit ls scan_stage` lists them.",
            show_default=False,
        ),
    ] = None,
    photos: Annotated[
        int, typer.Option("--photos", min=20, help="Photos of strangers to ask about, at most.")
    ] = 600,
    references: Annotated[
        int,
        typer.Option(
            "--references",
            min=0,
            help="Small clean networks to train and scan alike: what gaps are like without a back "
            "door, and the rate of false alarms.",
        ),
    ] = 8,
    planted: Annotated[
        int,
        typer.Option(
            "--planted",
            min=0,
            help="Small networks with a planted back door to train and scan alike: the power.",
        ),
    ] = 0,
    level: Annotated[
        float,
        typer.Option("--level", help="Chance of 'suspicious' where there is no back door."),
    ] = 0.05,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of what is drawn.")] = 0,
    store: Annotated[
        str | None,
        typer.Option(
            "--store",
            metavar="STORE",
            help="Keep the scan as an audit in this folder or URL, with a report.",
            show_default=False,
        ),
    ] = None,
    json_: options.JsonOption = None,
) -> None:
    """Look for a back door in an identifier that somebody else trained, without its photos.

    The last line is the verdict. The status is 0 where nothing is found, 3 where somebody stands
    out, 4 where the system cannot be tested, and 1 or 2 where something went wrong.
    """
    from faceaudit.api.scan import scan_identifier  # noqa: PLC0415 - slow to load
    from faceaudit.systems.under_test.base import systems_under_test  # noqa: PLC0415

    more = options.parse_values(
        system_options, "--system", "network=deepid", model=systems_under_test.base
    )
    use_all_cores()
    with progress() as bars:
        found = scan_identifier(
            system,
            strangers=strangers,
            photos=photos,
            stages=stage,
            level=level,
            references=references,
            planted=planted,
            options=more,
            seed=seed,
            store=store,
            progress=bars,
        )
    _print(found)
    if json_ is not None:
        write_json(json_, found.as_json())
    if STATUS[found.verdict]:
        raise typer.Exit(STATUS[found.verdict])


def _print(found: IdentifierScan) -> None:
    """Print what was tried and seen, and at last the verdict."""
    for one in found.preparations:
        taken = ", taken" if one.taken else ""
        say(f"pixels as {one.name}: answers spread over {one.people:.1f} people{taken}")
    for stage in found.stages:
        if stage.why:
            say(f"{stage.stage}: says nothing, {stage.why}")
            continue
        who = ", ".join(f"class {label}" for label in stage.labels)
        ratio = "" if stage.ratio is None else f", {stage.ratio:.2f} times the next"
        chance = "" if stage.chance is None else f", chance {stage.chance:.2g} by {stage.null}"
        say(f"{stage.stage}: {who}{ratio}{chance}")
    for suspect in found.suspects[:SHOWN]:
        chance = "unknown" if suspect.chance is None else f"{suspect.chance:.2g}"
        remarks = "".join(f"; {remark}" for remark in suspect.remarks)
        say(f"{suspect.person} (class {suspect.label}): chance {chance}{remarks}")
    for figure in found.figures:
        if figure.metric in ("false_alarms", "power"):
            rate = figure.estimate
            what = (
                f"{rate.value:.0%} ({rate.low:.0%} to {rate.high:.0%}), n = {rate.n}"
                if rate
                else f"not measured: {figure.why_none}"
            )
            say(f"{figure.metric.replace('_', ' ')}: {what}")
    if found.report:
        say(f"report: {found.report}")
    out.print("verdict: ", end="", highlight=False)
    out.print(mark(found.verdict, STYLES[found.verdict]), end="", highlight=False)
    say(f", {found.why}" if found.why else "")
