"""`faceaudit check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from faceaudit.cli.console import out, warn
from faceaudit.cli.parsing import options
from faceaudit.errors import SourceError

if TYPE_CHECKING:
    from faceaudit.audit import Plan
    from faceaudit.audit.common.systems import NetworkPlan


def check(plan: options.Plan = None, set_: options.Overrides = None) -> None:
    """Validate a plan and say what it would cost; nothing is computed."""
    from faceaudit import audit  # noqa: PLC0415 - slow to load

    planned = audit.load_plan(plan, set_ or ())
    absent = _absent_weights(planned)
    lists = _absent_lists(planned)
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
        ("photos shown while training", _count(cost.training_photos)),
        ("training arithmetic", _arithmetic(cost.petaflop)),
    ):
        table.add_row(what, value)
    out.print(table)
    if cost.missing:
        warn(f"the faces are not here: {cost.missing}")
    for where in absent:
        warn(f"the weights are not here: {where}")
    for where in lists:
        warn(f"the list of pairs is not here: {where}")


def _absent_weights(plan: Plan) -> list[str]:
    """Return the weights that are not here; those that are here must fit.

    Raises:
        WeightsError: they do not.
    """
    from faceaudit.faces.reading.listing import locate  # noqa: PLC0415 - slow to load
    from faceaudit.weights import load_weights  # noqa: PLC0415

    absent = []
    starts: list[tuple[str, NetworkPlan]] = [
        (f"systems.{place}", one) for place, one in enumerate(plan.systems)
    ]
    if plan.privacy is not None:
        starts += [
            (f"privacy.backbones.{place}", one) for place, one in enumerate(plan.privacy.backbones)
        ]
    for place, start in starts:
        if start.weights is None:
            continue
        try:
            file = locate(start.weights)
        except SourceError:
            absent.append(f"{start.weights}; give others with `--set {place}.weights=...`")
        else:
            load_weights(start.network, file)
    return absent


def _absent_lists(plan: Plan) -> list[str]:
    """Return the lists of pairs that are not here."""
    from faceaudit.faces.reading.listing import locate  # noqa: PLC0415 - slow to load

    absent = []
    pool = None if plan.privacy is None else plan.privacy.pool
    for side in ("members", "others"):
        path = getattr(pool, side, None)
        if path is None:
            continue
        try:
            locate(path)
        except SourceError:
            absent.append(f"{path}; give another with `--set privacy.pool.{side}=...`")
    return absent


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
