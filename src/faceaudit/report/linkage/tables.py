"""Tables of a linkage audit: people linked and named, and how unlinkable protections are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from faceaudit.records.linkage import (
    AS_SYSTEM,
    AS_SYSTEM_FMR,
    D_SYS,
    LEAKAGE,
    LINKED,
    LINKED_FMR,
    NAMED,
    TMR,
    TMR_PLAIN,
    TPIR,
    at_rate,
    floor_of,
)
from faceaudit.report.elements import Cell
from faceaudit.report.linkage.runs import (
    LINKED_TABLE,
    UNLINKABILITY_TABLE,
    Run,
    at,
    named_after,
)
from faceaudit.report.numbers import count, counted, decimal, percent
from faceaudit.report.tables import Row, Table, filled, number_cell, share_cell, words_cell


def linkage_tables(runs: Sequence[Run]) -> tuple[Table, ...]:
    """Return the tables of all runs."""
    if not runs:
        return ()
    return filled((_linked(runs), _unlinkability(runs), _thresholds(runs)))


def knows(run: Run) -> str:
    """Return what the attacker has beside both databases, in a few words."""
    facts = run.facts
    if not facts.learned:
        return facts.knowledge
    people = counted(facts.learned_people, "person", "people")
    return f"{facts.knowledge}: {count(facts.learned)} of {people}"


def _linked(runs: Sequence[Run]) -> Table:
    first = runs[0]
    rows = []
    for run in runs:
        cells = [words_cell(knows(run))]
        cells += [with_real(run, LINKED, LINKED_FMR, fmr) for fmr in first.fmrs]
        cells.append(share_cell(run.figure(NAMED)))
        cells += [share_cell(run.figure(at_rate(TPIR, fpir))) for fpir in first.fpirs]
        rows.append(Row(named_after(run, runs), tuple(cells)))
    facts = first.facts
    return Table(
        LINKED_TABLE,
        "People linked",
        f"{counted(facts.attacked, 'person', 'people')} with a template in each of two databases "
        "whose systems are asked nothing: how many are linked, at thresholds that comparisons of "
        f"{count(facts.thresholds)} further people fixed, made in the same way; and how many are "
        f"found first among {counted(facts.gallery, 'person', 'people')} of the second database",
        "Attack and databases",
        (
            "Attacker has, beside both databases",
            *(f"Linked, {at(fmr)}" for fmr in first.fmrs),
            "Found first",
            *(f"Named, {at(fpir, 'FPIR')}" for fpir in first.fpirs),
        ),
        tuple(rows),
        open=True,
    )


def with_real(run: Run, metric: str, real: str, fmr: float) -> Cell:
    """Return a share at a threshold with the false match rate that people have there."""
    cell = share_cell(run.figure(at_rate(metric, fmr)))
    found = run.get(at_rate(real, fmr))
    if found is None:
        return cell
    return replace(cell, note=f"their FMR: {percent(found.value)}")


def _unlinkability(runs: Sequence[Run]) -> Table:
    first = runs[0]
    rows = []
    for run in runs:
        cells = [_with_floor(run, D_SYS), _with_floor(run, LEAKAGE)]
        cells += [_cost(run, fmr) for fmr in first.fmrs]
        rows.append(Row(named_after(run, runs), tuple(cells)))
    bins = counted(first.spec["bins"], "bin")
    return Table(
        UNLINKABILITY_TABLE,
        "Unlinkability, and what protections cost",
        "How well scores tell templates of one person from those of two, from 0 (unlinkable) to 1 "
        f"(fully linkable), by histograms of {bins} from the lowest to the highest score; the "
        "floor is what the figure is on average when labels are dealt at random. TMR is the share "
        "of genuine comparisons that the first database's own system accepts under the protection",
        "Attack and databases",
        (
            "D_sys",
            "Maximal leakage, bits",
            *(f"TMR, {at(fmr)}" for fmr in first.fmrs),
        ),
        tuple(rows),
    )


def _with_floor(run: Run, metric: str) -> Cell:
    cell = number_cell(run.figure(metric))
    floor = run.get(floor_of(metric))
    if floor is None:
        return cell
    return replace(
        cell, note=f"floor {decimal(floor.value)}, by chance up to {decimal(floor.high)}"
    )


def _cost(run: Run, fmr: float) -> Cell:
    cell, plain = share_cell(run.figure(at_rate(TMR, fmr))), run.get(at_rate(TMR_PLAIN, fmr))
    if plain is None or run.protection == "none":
        return cell
    return replace(cell, note=f"unprotected: {percent(plain.value)}")


def _thresholds(runs: Sequence[Run]) -> Table:
    first = runs[0]
    rows = [
        Row(
            named_after(run, runs),
            tuple(with_real(run, AS_SYSTEM, AS_SYSTEM_FMR, fmr) for fmr in first.fmrs),
        )
        for run in runs
    ]
    return Table(
        "linkage-thresholds",
        "The same at the thresholds of the second system",
        "People linked at the threshold by which the second database's own system, or for "
        "estimates and public photos its network, would decide; adapted or estimated templates "
        "have another FMR there than asked for, given beside",
        "Attack and databases",
        tuple(f"Linked, {at(fmr)}" for fmr in first.fmrs),
        tuple(rows),
    )
