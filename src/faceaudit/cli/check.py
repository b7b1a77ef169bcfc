"""`faceaudit check`."""

from __future__ import annotations

from rich.table import Table

from faceaudit import audit
from faceaudit.cli import options
from faceaudit.cli.console import out, warn


def check(plan: options.Plan = None, set_: options.Overrides = None) -> None:
    """Validate a plan and say what it would cost; nothing is computed."""
    planned = audit.load_plan(plan, set_ or ())
    cost = audit.estimate_cost(planned)
    table = Table(title="The plan is valid. At most, it costs", box=None, show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for what, value in (
        ("people in the source", _count(cost.people)),
        ("photos in the source", _count(cost.photos)),
        ("packed photos on disk", _size(cost.packed_bytes)),
        ("cases", _count(cost.cases)),
        ("systems to train", _count(cost.trainings)),
        ("photos shown while training", _count(cost.shown)),
        ("training arithmetic", _arithmetic(cost.petaflop)),
    ):
        table.add_row(what, value)
    out.print(table)
    if cost.missing:
        warn(f"the faces are not here: {cost.missing}")


def _count(value: int | None) -> str:
    return "unknown until read" if value is None else f"{value:,}"


def _size(value: int | None) -> str:
    return "unknown until read" if value is None else f"{value / 1e6:,.1f} MB"


def _arithmetic(petaflop: float | None) -> str:
    return "unknown until read" if petaflop is None else f"{petaflop:,.3f} PFLOP"
