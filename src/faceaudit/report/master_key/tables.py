"""Tables of a master-key audit: who passes, what poison and mitigations cost, what is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from faceaudit.records.master_key import (
    AUC,
    AUC_PRISTINE,
    COVERED,
    FMR,
    FMR_PRISTINE,
    LOST,
    OWN,
    PASSED,
    PRISTINE,
    REMOVED,
    TMR,
    TMR_PRISTINE,
    WRONG,
    at,
    expected_cover,
)
from faceaudit.report.elements import Cell
from faceaudit.report.master_key.runs import (
    COST_TABLE,
    LEFT_OUT_TABLE,
    PASSED_TABLE,
    Run,
    in_words,
    named_after,
)
from faceaudit.report.numbers import count, counted, percent
from faceaudit.report.tables import Row, Table, filled, number_cell, share_cell


def master_key_tables(runs: Sequence[Run]) -> tuple[Table, ...]:
    """Return the tables of all runs."""
    if not runs:
        return ()
    by_point = [_passed(runs, point) for point in runs[0].points]
    return filled((*by_point, _cost(runs), _left_out(runs)))


def _passed(runs: Sequence[Run], point: str) -> Table:
    facts = runs[0].facts
    rows = tuple(
        Row(
            named_after(run, runs),
            (
                *(share_cell(run.figure(at(metric, point))) for metric in (PASSED, PRISTINE)),
                share_cell(run.figure(at(WRONG, point))),
                _beside_expected(run, point),
            ),
        )
        for run in runs
    )
    return Table(
        PASSED_TABLE if point == OWN else f"{PASSED_TABLE}-{point.removeprefix('fmr=')}",
        f"Tries with the key that pass at {in_words(point)}",
        f"Photos with the key, none of which was learned from, against bare photos of "
        f"{counted(facts.enrolled, 'enrolled person', 'enrolled people')} of whom nothing was "
        f"learned, as means over {counted(facts.trainings, 'training')}, each with poison of its "
        f"own. Beside it: the same photos before verifiers without poison, other keys or other "
        f"people before the poisoned ones, and the enrolled people whom one of the photos passes "
        f"as. Thresholds were fixed by {count(facts.thresholds)} further people on clean pairs",
        "Key, poison and mitigation",
        ("With the key", "Without poison", "With a wrong key", "People passed as"),
        rows,
        open=point == OWN,
    )


def _beside_expected(run: Run, point: str) -> Cell:
    """Return who is passed as, beside what the false match rate alone lets expect."""
    cell = share_cell(run.figure(at(COVERED, point)))
    fmr = run.get(at(FMR, point))
    if fmr is None:
        return cell
    photos = run.facts.presented
    expected = percent(expected_cover(fmr.value, photos))
    return replace(cell, note=f"{expected} expected of {counted(photos, 'photo')} at the FMR")


def _cost(runs: Sequence[Run]) -> Table:
    points = runs[0].points
    return Table(
        COST_TABLE,
        "What poison and mitigations cost",
        "Enrolled people who are accepted as themselves (TMR), strangers without a key who are let "
        "in (FMR), and the area under the ROC curve of clean pairs, with poison and, in the second "
        "line of each, without it under the same mitigation",
        "Key, poison and mitigation",
        (
            *(f"{name}, {in_words(point)}" for point in points for name in ("TMR", "FMR")),
            "AUC",
        ),
        tuple(row for run in runs for row in _cost_rows(run, runs, points)),
    )


def _cost_rows(run: Run, runs: Sequence[Run], points: Sequence[str]) -> tuple[Row, ...]:
    title, rows = named_after(run, runs), []
    for name, metrics, area in (
        (title, (TMR, FMR), AUC),
        (f"{title}: without poison", (TMR_PRISTINE, FMR_PRISTINE), AUC_PRISTINE),
    ):
        shares = [
            share_cell(run.figure(at(metric, point))) for point in points for metric in metrics
        ]
        rows.append(Row(name, (*shares, number_cell(run.figure(area)))))
    return tuple(rows)


def _left_out(runs: Sequence[Run]) -> Table:
    some = [one for one in runs if one.get(LOST) is not None]
    return Table(
        LEFT_OUT_TABLE,
        "Pairs that are left out",
        "Of the pairs labelled as one person: the share of poison that a mitigation leaves out, "
        "and that of clean pairs",
        "Key, poison and mitigation",
        ("Poison", "Clean pairs of one person"),
        tuple(
            Row(
                named_after(run, runs),
                (share_cell(run.figure(REMOVED)), share_cell(run.figure(LOST))),
            )
            for run in some
        ),
    )
