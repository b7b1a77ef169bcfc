"""Tables of a master-face audit: people passed as, and what mitigations cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from faceaudit.records.master_face import (
    COVERED,
    COVERED_KNOWN,
    accepted_at,
    covered_at,
    expected_cover,
)
from faceaudit.report.elements import Cell
from faceaudit.report.master_face.runs import (
    COST_TABLE,
    COVERED_TABLE,
    Run,
    at,
    named_after,
)
from faceaudit.report.names import network_name
from faceaudit.report.numbers import count, counted, percent
from faceaudit.report.tables import Row, Table, filled, share_cell


def master_face_tables(runs: Sequence[Run]) -> tuple[Table, ...]:
    """Return the tables of all runs."""
    if not runs:
        return ()
    by_rate = [_covered(runs, fmr, first=fmr == runs[0].fmrs[0]) for fmr in runs[0].fmrs]
    return filled((*by_rate, _known(runs), _cost(runs)))


def _covered(runs: Sequence[Run], fmr: float, *, first: bool) -> Table:
    rows = []
    for run in runs:
        for on in run.facts.systems:
            cells = [_beside_chance(run, fmr, faces, on) for faces in runs[0].counts]
            rows.append(Row(f"{named_after(run, runs)}: {_shown_to(run, on)}", tuple(cells)))
    facts = runs[0].facts
    said = ", ".join(
        f"{counted(faces, 'face')} {percent(expected_cover(fmr, faces))}"
        for faces in runs[0].counts
    )
    return Table(
        COVERED_TABLE if first else f"{COVERED_TABLE}-{fmr:g}",
        f"People passed as at {at(fmr)}",
        f"Of {counted(facts.attacked, 'enrolled person', 'enrolled people')} whom searches did not "
        f"know, how many one of the first faces passes as, at thresholds that "
        f"{count(facts.thresholds)} further people fixed at {at(fmr)}. Expected of faces that are "
        f"like any: {said}. By chance: what random photos of other people pass as, on average, and "
        "at most in 97.5 % of draws",
        "Search, and who is shown the faces",
        tuple(counted(faces, "face") for faces in runs[0].counts),
        tuple(rows),
        open=first,
    )


def _shown_to(run: Run, on: str) -> str:
    """Return a system, and whether the faces were made on it."""
    name = " + ".join(map(network_name, on.split(" + ")))
    made = set(run.facts.made_on) >= set(on.split(" + "))
    return name if made else f"{name}, unseen"


def _beside_chance(run: Run, fmr: float, faces: int, on: str) -> Cell:
    cell = share_cell(run.figure(covered_at(COVERED, fmr, faces, on)))
    chance = run.chance(fmr, faces, on)
    if chance is None:
        return cell
    note = f"by chance {percent(chance.value)}, at most {percent(chance.high)}"
    return replace(cell, note=note)


def _known(runs: Sequence[Run]) -> Table:
    first = runs[0]
    heads = [(fmr, faces) for fmr in first.fmrs for faces in first.counts]
    rows = [
        Row(
            f"{named_after(run, runs)}: {_shown_to(run, run.facts.systems[0])}",
            tuple(
                share_cell(run.figure(covered_at(COVERED_KNOWN, fmr, faces, run.facts.systems[0])))
                for fmr, faces in heads
            ),
        )
        for run in runs
    ]
    return Table(
        "master-face-known",
        "The same of the people whom searches used",
        f"Of {counted(first.facts.known, 'person', 'people')} whom searches used, how many the "
        "faces pass as: what a search says of itself, and not what it is worth",
        "Search, and who is shown the faces",
        tuple(f"{counted(faces, 'face')}, {at(fmr)}" for fmr, faces in heads),
        tuple(rows),
    )


def _cost(runs: Sequence[Run]) -> Table:
    found: dict[str, Row] = {}
    for run in runs:
        for on in run.facts.systems:
            name = f"{run.mitigation}: {' + '.join(map(network_name, on.split(' + ')))}"
            cells = tuple(share_cell(run.figure(accepted_at(fmr, on))) for fmr in runs[0].fmrs)
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
