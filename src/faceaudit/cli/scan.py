"""`faceaudit scan`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from faceaudit.cli.console import progress, say, use_all_cores, write_json
from faceaudit.cli.parsing import options
from faceaudit.cli.scan_printing import (
    print_first_after,
    print_scan,
    print_verdict,
    spell_rate,
)
from faceaudit.errors import OptionError

STATUS = {"nothing found": 0, "suspicious": 3, "not testable": 4}
"""The exit status of each verdict; 1 and 2 are those of errors."""


def scan(
    system: Annotated[
        str,
        typer.Argument(
            help="The identifier, embedder or verifier: DOOR:PATH, as file:FILE.h5 or onnx:FILE; "
            "`faceaudit ls system_under_test` lists the doors.",
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
            help="A way to look for targets of an identifier; as often as needed, the usual ones "
            "when not given. `faceaudit ls scan_stage` lists them.",
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
    fmr: Annotated[
        float | None,
        typer.Option(
            "--fmr",
            help="False match rate that the threshold of an embedder or a verifier is fixed at, on "
            "half of the strangers; 0.01 when not given.",
            show_default=False,
        ),
    ] = None,
    repair: Annotated[
        str | None,
        typer.Option(
            "--repair",
            metavar="OUT",
            help="Repair the identifier into this file of weights, whatever the verdict is, and "
            "scan the result; needs --clean.",
            show_default=False,
        ),
    ] = None,
    clean: Annotated[
        str | None,
        typer.Option(
            "--clean",
            metavar="SOURCE",
            help="Photos of the people whom it knows that somebody vouches for, by their names: "
            "NAME:PATH of a source, or a folder. For --repair.",
            show_default=False,
        ),
    ] = None,
    mitigation: Annotated[
        str | None,
        typer.Option(
            "--mitigation",
            metavar="NAME",
            help="The repair; ft_sam when not given. `faceaudit ls backdoor_mitigation` lists "
            "them.",
            show_default=False,
        ),
    ] = None,
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
    """Look for a back door in a system that somebody else trained, without its photos.

    Of an identifier: who stands out as a target. Of an embedder or a verifier: which key makes
    strangers alike. The last line is the verdict. The status is 0 where nothing is found, 3 where
    something stands out, 4 where the system cannot be tested, and 1 or 2 where something went
    wrong; with --repair it is that of the repaired file.
    """
    from faceaudit.api.scan_any import scan_any  # noqa: PLC0415 - slow to load
    from faceaudit.systems.under_test.base import systems_under_test  # noqa: PLC0415

    more = options.parse_values(
        system_options, "--system", "network=deepid", model=systems_under_test.base
    )
    common: dict[str, Any] = {
        "strangers": strangers,
        "photos": photos,
        "level": level,
        "references": references,
        "stages": stage,
        "options": more,
        "seed": seed,
    }
    use_all_cores()
    if repair is not None or clean is not None or mitigation is not None:
        refused = {"--store": store, "--planted": planted, "--fmr": fmr}
        verdict = _repaired(system, repair, clean, mitigation, refused, common, json_)
    else:
        with progress() as bars:
            found = scan_any(system, fmr=fmr, planted=planted, store=store, progress=bars, **common)
        print_scan(found)
        if json_ is not None:
            write_json(json_, found.as_json())
        verdict = found.verdict
    if STATUS[verdict]:
        raise typer.Exit(STATUS[verdict])


def _repaired(
    system: str,
    repair: str | None,
    clean: str | None,
    mitigation: str | None,
    refused: Mapping[str, object],
    common: Mapping[str, Any],
    json_: Path | None,
) -> str:
    """Scan, repair and scan again; return the last verdict."""
    if repair is None or clean is None:
        raise OptionError(
            "expected --repair OUT and --clean SOURCE together, got one of them, or --mitigation "
            "alone; a repair needs photos that somebody vouches for, and a place to go"
        )
    if given := [name for name, value in refused.items() if value]:
        raise OptionError(
            f"expected --repair without {', '.join(given)}, got both; scan the repaired file with "
            "them afterwards"
        )
    from faceaudit.api.scan_and_repair import scan_and_repair  # noqa: PLC0415 - slow to load

    with progress() as bars:
        found = scan_and_repair(
            system, repair, clean, mitigation=mitigation or "ft_sam", progress=bars, **common
        )
    say("before the repair")
    print_scan(found.before)
    say("after the repair")
    print_scan(found.after, last=False)
    print_first_after(found.before, found.after)
    say(f"answers about bare strangers that changed: {spell_rate(found.changed)}")
    say(
        f"clean photos named rightly: {spell_rate(found.clean_before)} before, "
        f"{spell_rate(found.clean_after)} after, which learned from them"
    )
    say(f"repaired: {found.file}; a scan that finds nothing does not say that nothing is left")
    print_verdict(found.after)
    if json_ is not None:
        write_json(json_, found.as_json())
    return found.after.verdict
