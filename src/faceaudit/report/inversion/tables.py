"""Tables of an inversion audit: attacks, further networks, protections, and all rates."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.records.inversion import (
    LOOK_ALIKE,
    MATCH,
    OTHERS,
    OVER,
    PHOTO,
    QUERIES,
    SOLVED,
    TRANSFER,
    TYPE_I,
    TYPE_II,
    at_fmr,
    at_rank,
)
from faceaudit.report.inversion.cells import points_cell, queries_cell
from faceaudit.report.inversion.runs import (
    ATTACKS,
    NONE,
    PROTECTIONS,
    TRANSFER_TABLE,
    Run,
    beside,
    unprotected,
)
from faceaudit.report.inversion.words import REFERENCES, at, threat_model
from faceaudit.report.numbers import DASH, count, counted
from faceaudit.report.tables import Row, Table, filled, share_cell, words_cell

RATES = f"{ATTACKS}-rates"


def template_tables(runs: Sequence[Run]) -> tuple[Table, ...]:
    """Return the tables of inversions of templates."""
    plain = unprotected(runs)
    return filled(
        (
            _attacks(plain) if plain else None,
            _networks(plain) if plain and len(plain[0].networks) > 1 else None,
            _protections(runs) if len(plain) < len(runs) else None,
            _rates(runs) if runs else None,
        )
    )


def _attacks(runs: Sequence[Run]) -> Table:
    first, fmrs = runs[0], runs[0].fmrs
    lowest = fmrs[-1]
    rows = []
    for run in runs:
        cells = [words_cell(threat_model(run))]
        cells += [share_cell(run.figure(at_fmr(TYPE_II, fmr))) for fmr in fmrs]
        cells += [
            share_cell(run.figure(at_fmr(TYPE_I, lowest))),
            points_cell(run.figure(at_fmr(OVER, lowest))),
            share_cell(run.figure(at_rank(1))),
            queries_cell(run.figure(QUERIES)),
        ]
        rows.append(Row(run.title, tuple(cells)))
    rows += [row for run in beside(runs) for row in _references(run)]
    people = counted(first.facts.people, "person", "people")
    own_template = "the same photo\u2019s own template"
    return Table(
        ATTACKS,
        "Attacks on templates",
        f"Faces rebuilt from the stolen templates of {people} and shown to {first.networks[0]}: "
        "how many pass as the person. Type II is held against "
        f"another photo of the person, type I against {own_template}; both at thresholds that "
        f"strangers among {count(first.facts.threshold_people)} further people fixed",
        "Attack",
        (
            "Attacker has",
            *(f"Type II, {at(fmr)}" for fmr in fmrs),
            f"Type I, {at(lowest)}",
            f"Above look-alikes, {at(lowest)}",
            f"First of {count(first.facts.people)}",
            "Queries a person",
        ),
        tuple(rows),
        open=True,
    )


def _references(run: Run) -> list[Row]:
    """Return the rows of pictures that rebuild nothing, from a run that starts from templates."""
    fmrs, nothing = run.fmrs, words_cell(DASH)
    rows = []
    for name, words in REFERENCES.items():
        type_i = run.figure(at_fmr(TYPE_I, fmrs[-1], name))
        rows.append(
            Row(
                f"{words}{run.of_seed}",
                (
                    words_cell("nothing is rebuilt"),
                    *(share_cell(run.figure(at_fmr(TYPE_II, fmr, name))) for fmr in fmrs),
                    nothing if type_i is None else share_cell(type_i),
                    nothing,
                    share_cell(run.figure(at_rank(1, name))),
                    nothing,
                ),
            )
        )
    return rows


def _networks(runs: Sequence[Run]) -> Table:
    first = runs[0]
    columns = [(title, fmr) for title in first.networks[1:] for fmr in first.fmrs]
    rows = [
        Row(
            run.title,
            tuple(share_cell(run.figure(at_fmr(TRANSFER, fmr, title))) for title, fmr in columns),
        )
        for run in runs
    ]
    rows += [
        Row(
            f"{words}{run.of_seed}",
            tuple(
                share_cell(run.figure(at_fmr(TRANSFER, fmr, title, name))) for title, fmr in columns
            ),
        )
        for run in beside(runs)
        for name, words in REFERENCES.items()
    ]
    return Table(
        TRANSFER_TABLE,
        "On other networks",
        f"The same faces, rebuilt for {first.networks[0]}, shown to networks that they were not "
        "made for: how many pass as the person, held against another photo, at each "
        "network\u2019s own thresholds",
        "Attack",
        tuple(f"{title}, {at(fmr)}" for title, fmr in columns),
        tuple(rows),
    )


def _protections(runs: Sequence[Run]) -> Table:
    fmrs = runs[0].fmrs
    rows = [
        Row(
            f"{run.protected}: {run.said}",
            (
                words_cell(run.facts.estimated or _without_estimate(run)),
                *(share_cell(run.figure(at_fmr(TYPE_II, fmr))) for fmr in fmrs),
                share_cell(run.figure(at_rank(1))),
                share_cell(run.figure(at_fmr(TYPE_II, fmrs[-1], LOOK_ALIKE))),
                share_cell(run.figure(at_fmr(TYPE_II, fmrs[-1], PHOTO))),
            ),
        )
        for run in sorted(runs, key=lambda one: one.protection != NONE)
    ]
    return Table(
        PROTECTIONS,
        "Protected templates",
        "What is stored in the place of templates, each faced by an attacker who knows of it: how "
        "many rebuilt faces the protected system accepts, held against another photo. Thresholds "
        "are the protected system\u2019s own",
        "Stored, and attack",
        (
            "Template estimated",
            *(f"Type II, {at(fmr)}" for fmr in fmrs),
            f"First of {count(runs[0].facts.people)}",
            f"Look-alike, {at(fmrs[-1])}",
            f"The photo itself, {at(fmrs[-1])}",
        ),
        tuple(rows),
    )


def _without_estimate(run: Run) -> str:
    asks = run.facts.access in ("scores", "labels")
    return "not needed: the system is asked" if asks else "not needed: it is the template"


def _rates(runs: Sequence[Run]) -> Table:
    fmrs = runs[0].fmrs
    rows = [
        Row(
            run.title if run.protection == NONE else f"{run.protected}: {run.said}",
            (
                share_cell(run.figure(SOLVED)),
                *(
                    share_cell(run.figure(at_fmr(metric, fmr)))
                    for fmr in fmrs
                    for metric in (MATCH, TYPE_II, TYPE_I, OTHERS)
                ),
                share_cell(run.figure(at_rank(5))),
            ),
        )
        for run in runs
    ]
    return Table(
        RATES,
        "All rates",
        "Solution rate: tries in which the attack gave a face. Match rate: accepted of those. "
        "Success: accepted of all tries. As somebody else: how often a rebuilt face passes as one "
        "of the other attacked people, which is chance",
        "Attack",
        (
            "Solution rate",
            *(
                f"{words}, {at(fmr)}"
                for fmr in fmrs
                for words in (
                    "Match rate",
                    "Success, type II",
                    "Success, type I",
                    "As somebody else",
                )
            ),
            "Among the first 5",
        ),
        tuple(rows),
    )
