"""Error rates by group of people, printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from faceaudit.cleaning import clean
from faceaudit.cli.console import out, say
from faceaudit.cli.lengths import LINE

if TYPE_CHECKING:
    from faceaudit.metrics.group_permutation import Measured
    from faceaudit.protocols.groups import ByGroup


def print_groups(groups: Sequence[ByGroup], *, each: bool) -> None:
    """Print what sets groups apart, a row a rate and attribute; and every group where asked for."""
    if not groups:
        return
    out.print()
    out.print(_compared(groups))
    say("by chance: the max/geomean of equal groups; p: of such a difference where there is none")
    if each:
        out.print()
        out.print(_each(groups))
    refused = sum(group.rate is None for one in groups for group in one.found.groups)
    if refused and not each:
        say(f"groups: {refused:,} figures are refused; see --by ATTRIBUTE and --json")


def _compared(groups: Sequence[ByGroup]) -> Table:
    table = Table(box=None)
    headings = ("figure", "by", "lowest", "highest", "max/geomean", "by chance", "max/min", "p")
    for heading in headings:
        table.add_column(heading, justify="left" if heading in ("figure", "by") else "right")
    for one in groups:
        rates = [group.rate.value for group in one.found.groups if group.rate is not None]
        head = one.metric, clean(one.attribute, 60)
        if len(rates) < 2:
            table.add_row(*head, "too few", "people")
            continue
        ends = (f"{min(rates) * 100:.2f} %", f"{max(rates) * 100:.2f} %")
        found = one.found
        ratios = [_ratio(found.max_over_geomean), _value(found.by_chance)]
        table.add_row(*head, *ends, *ratios, _ratio(found.max_over_min), _value(found.p, ".3g"))
    return table


def _each(groups: Sequence[ByGroup]) -> Table:
    table = Table(box=None)
    for heading in ("figure", "group", "people", "value", "95 % interval", "n", "how"):
        words = heading in ("figure", "group", "how")
        table.add_column(heading, justify="left" if words else "right")
    for one in groups:
        for group in one.found.groups:
            name = clean(f"{one.attribute} {group.name}", 60)
            head, rate = (one.metric, name, f"{group.people:,}"), group.rate
            if rate is None:
                table.add_row(*head, "unknown", "", f"{group.tries:,}", clean(group.why, LINE))
            else:
                ends = f"{rate.low * 100:.2f} to {rate.high * 100:.2f} %"
                table.add_row(*head, f"{rate.value * 100:.2f} %", ends, f"{rate.n:,}", rate.method)
    return table


def _ratio(measured: Measured) -> str:
    one = measured[0]
    return "unknown" if one is None else f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})"


def _value(measured: Measured, form: str = ".2f") -> str:
    return "unknown" if measured[0] is None else format(measured[0].value, form)
