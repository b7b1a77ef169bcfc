"""Tables of an evasion audit: photos that evade, and what mitigations cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from faceaudit.records.evasion import SUCCESS, TMR, evaded_at
from faceaudit.report.elements import Cell
from faceaudit.report.evasion.runs import (
    COST_TABLE,
    EVADED_TABLE,
    GOALS,
    Run,
    at,
    named_after,
)
from faceaudit.report.names import network_name
from faceaudit.report.numbers import count, counted, percent
from faceaudit.report.tables import Row, Table, filled, share_cell


def evasion_tables(runs: Sequence[Run]) -> tuple[Table, ...]:
    """Return the tables of all runs: one for each goal, and one of costs."""
    if not runs:
        return ()
    goals = tuple(dict.fromkeys(one.goal for one in runs))
    each = [
        _evaded([one for one in runs if one.goal == goal], first=place == 0)
        for place, goal in enumerate(goals)
    ]
    return filled((*each, _cost(runs)))


def _evaded(runs: Sequence[Run], *, first: bool) -> Table:
    goal, facts = runs[0].goal, runs[0].facts
    rows = []
    for run in runs:
        for on in run.facts.systems:
            cells = tuple(_beside_null(run, fmr, on) for fmr in runs[0].fmrs)
            rows.append(Row(f"{named_after(run, runs)}: {_shown_to(run, on)}", cells))
    return Table(
        EVADED_TABLE if first else f"{EVADED_TABLE}-{goal}",
        f"Photos that {GOALS[goal]}",
        f"Of {counted(facts.photos, 'changed photo')}, one a person, how many {GOALS[goal]}, at "
        f"thresholds that {count(facts.thresholds)} further people fixed; beside it the same with "
        "random noise of the same budget, and of the photos as they are",
        "Attack, and who is shown the photos",
        tuple(at(fmr) for fmr in runs[0].fmrs),
        tuple(rows),
        open=True,
    )


def _shown_to(run: Run, on: str) -> str:
    """Return a system, and whether the photos were changed on it."""
    name = " + ".join(map(network_name, on.split(" + ")))
    made = set(run.facts.made_on) >= set(on.split(" + "))
    return name if made else f"{name}, unseen"


def _beside_null(run: Run, fmr: float, on: str) -> Cell:
    cell = share_cell(run.figure(evaded_at(SUCCESS, fmr, on)))
    noise, bare = run.noise(fmr, on), run.bare(fmr, on)
    if noise is None or bare is None:
        return cell
    return replace(cell, note=f"noise {percent(noise.value)}, unchanged {percent(bare.value)}")


def _cost(runs: Sequence[Run]) -> Table:
    found: dict[str, Row] = {}
    for run in runs:
        for on in run.facts.systems:
            name = f"{run.mitigation}: {' + '.join(map(network_name, on.split(' + ')))}"
            cells = tuple(share_cell(run.figure(evaded_at(TMR, fmr, on))) for fmr in runs[0].fmrs)
            found.setdefault(name, Row(name, cells))
    return Table(
        COST_TABLE,
        "What mitigations cost",
        "Share of genuine comparisons that a system accepts (TMR) at its own thresholds, of the "
        "people who fix them",
        "Mitigation and networks",
        tuple(f"TMR, {at(fmr)}" for fmr in runs[0].fmrs),
        tuple(found.values()),
    )
