"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Plan = Annotated[
    Path | None,
    typer.Argument(
        help="A plan in YAML; without one, a DeepID on synthetic people with all four attacks.",
        show_default=False,
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a value of the plan, as in faces.path=/photos or attacks.0.samples=20.",
        show_default=False,
    ),
]
StoreOption = Annotated[
    str,
    typer.Option("--store", metavar="STORE", help="Folder or fsspec URL for everything found."),
]
StoreArgument = Annotated[str, typer.Argument(metavar="STORE", help="Folder or fsspec URL.")]
DEFAULT_STORE = "audit"
