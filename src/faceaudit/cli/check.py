"""`faceaudit check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from faceaudit.cli.console import complain, out, say, use_all_cores
from faceaudit.cli.parsing import options

if TYPE_CHECKING:
    from faceaudit.api.audits import PlanCheck
    from faceaudit.audit.forecast import Forecast

FAILS = 2
"""The exit status for a plan that would fail."""


def check(
    plan: options.Plan = None,
    set_: options.Overrides = None,
    store: options.StoreOption = options.DEFAULT_STORE,
    plan_only: Annotated[
        bool,
        typer.Option(
            "--plan-only", help="Look at the plan alone: no photo, no file of weights, no store."
        ),
    ] = False,
    time: Annotated[
        bool,
        typer.Option(help="Time this machine for a few seconds, to say how long a run takes."),
    ] = True,
) -> None:
    """Say whether a plan would run to its end, and what it would cost; nothing is computed.

    Ends with status 2 where it would not.
    """
    from faceaudit.api.audits import check as check_plan  # noqa: PLC0415 - slow to load

    timed = time and not plan_only
    if timed:
        use_all_cores()
    checked = check_plan(plan, overrides=set_ or (), plan_only=plan_only, store=store, timed=timed)
    _print_cost(checked)
    for remark in checked.remarks:
        say(remark)
    for obstacle in checked.obstacles:
        complain(obstacle)
    if checked.obstacles:
        raise typer.Exit(FAILS)
    if checked.forecast is not None:
        say(describe(checked.forecast))
    elif timed:
        say("how long a run takes here cannot be told: some of its work cannot be timed")


def describe(forecast: Forecast) -> str:
    """Return in words how long a run would take, and in how much memory."""
    return (
        f"about {minutes(forecast.seconds)} ({minutes(forecast.low)} to "
        f"{minutes(forecast.high)}) on this machine, in about {forecast.memory_bytes / 1e9:.1f} GB"
        " of memory"
    )


def minutes(seconds: float) -> str:
    """Return a duration in the unit that suits it.

    >>> minutes(20), minutes(400), minutes(9000)
    ('20 s', '7 min', '2.5 h')
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _print_cost(checked: PlanCheck) -> None:
    cost = checked.cost
    title = "The plan is valid. At most, it costs"
    if checked.obstacles:
        title = "The plan cannot run to its end"
    table = Table(title=title, box=None, show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    kept = ""
    if checked.kept is not None:
        kept = f", {checked.kept:,} of them in {checked.store}"
    elif checked.store and not checked.obstacles:
        kept = f", some perhaps in {checked.store}"
    for what, value in (
        ("people in the source", _count(cost.people)),
        ("photos in the source", _count(cost.photos)),
        ("photos to find a face in", _count(cost.detections)),
        ("photos to embed", _count(cost.embeddings)),
        ("packed photos on disk", _size(cost.packed_bytes)),
        ("cases", f"{cost.cases:,}{kept}"),
        *([("questions to each finished system", _count(cost.queries))] * (cost.queries != 0)),
        ("systems to train", _count(cost.trainings)),
        ("photos shown while training", _count(cost.training_photos)),
        ("training arithmetic", _arithmetic(cost.petaflop)),
    ):
        table.add_row(what, value)
    out.print(table)


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
