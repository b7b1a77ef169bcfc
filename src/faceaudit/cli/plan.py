"""`faceaudit plan` and `faceaudit schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from faceaudit.cli.console import say
from faceaudit.cli.parsing import options

OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="The file to write; printed when not given.",
        show_default=False,
    ),
]


def plan(
    plan: options.Plan = None,
    set_: options.Overrides = None,
    output: OutputOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there.")
    ] = False,
) -> None:
    """Write a plan out, to be edited: presets, sweeps and all defaults as the run will have them.

    It says the same, and its cases have the same ids.
    """
    from faceaudit.audit.drafting.text import spell  # noqa: PLC0415 - slow to load
    from faceaudit.audit.plan_file import load_plan  # noqa: PLC0415
    from faceaudit.audit.plan_schema import LINE  # noqa: PLC0415

    written = load_plan(plan, set_ or ()).as_json()
    _write(LINE + spell(written), output, "the plan to write", force=force)


def schema(
    output: OutputOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there.")
    ] = False,
) -> None:
    """Write the JSON Schema of plans, for editors that complete and check YAML.

    It knows the components of other packages that are installed, too.
    """
    _write(schema_text(), output, "the schema to write", force=force)


def schema_text() -> str:
    """Return the JSON Schema of plans as the text of its file."""
    from faceaudit.audit.plan_schema import plan_schema  # noqa: PLC0415 - slow to load

    return json.dumps(plan_schema(), indent=1, ensure_ascii=False) + "\n"


def _write(text: str, output: Path | None, what: str, *, force: bool) -> None:
    from faceaudit.api.arguments import output_of  # noqa: PLC0415 - not needed for help
    from faceaudit.errors import OptionError  # noqa: PLC0415
    from faceaudit.files.atomic import write_atomically  # noqa: PLC0415

    if output is None:
        typer.echo(text, nl=False)
        return
    file = output_of(output, what)
    if file.exists() and not force:
        raise OptionError(
            f"expected a new file, got {file}, which is there; name another, or give --force"
        )
    write_atomically(file, text)
    say(f"written: {file}")
