"""`faceaudit check`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from faceaudit.cli.console import out, warn
from faceaudit.cli.parsing import options


def check(
    plan: options.Plan = None,
    set_: options.Overrides = None,
    plan_only: Annotated[
        bool,
        typer.Option("--plan-only", help="Look at the plan alone: no photo, no file of weights."),
    ] = False,
) -> None:
    """Validate a plan and say what it would cost; nothing is computed."""
    from faceaudit.api.audits import check as check_plan  # noqa: PLC0415 - slow to load

    checked = check_plan(plan, overrides=set_ or (), plan_only=plan_only)
    cost = checked.cost
    table = Table(title="The plan is valid. At most, it costs", box=None, show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for what, value in (
        ("people in the source", _count(cost.people)),
        ("photos in the source", _count(cost.photos)),
        ("packed photos on disk", _size(cost.packed_bytes)),
        ("cases", _count(cost.cases)),
        ("systems to train", _count(cost.trainings)),
        ("photos shown while training", _count(cost.training_photos)),
        ("training arithmetic", _arithmetic(cost.petaflop)),
    ):
        table.add_row(what, value)
    out.print(table)
    if cost.missing:
        warn(f"the faces are not here: {cost.missing}")
    for what in checked.absent_files:
        warn(f"not here: {what}")


def _count(value: int | None) -> str:
    return "unknown until read" if value is None else f"{value:,}"


def _size(value: int | None) -> str:
    return "unknown until read" if value is None else f"{value / 1e6:,.1f} MB"


def _arithmetic(petaflop: float | None) -> str:
    if petaflop is None:
        return "unknown"
    for unit, size in (("PFLOP", 1), ("TFLOP", 1e3)):
        if petaflop * size >= 1:
            return f"{petaflop * size:,.1f} {unit}"
    return f"{petaflop * 1e6:,.1f} GFLOP"
