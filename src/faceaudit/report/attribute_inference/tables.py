"""Tables of attributes told, by labelled people, under mitigations, and what these cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.attribute_inference import (
    AUC,
    BALANCED,
    TMR,
    TMR_CHANGE,
    TMR_PLAIN,
    Asked,
    AttemptFacts,
    at_rate,
    of_attempt,
)
from faceaudit.report.attribute_inference.runs import (
    ATTACKS,
    BY_PEOPLE,
    COST,
    MAIN,
    MITIGATED,
    NONE,
    Run,
    plain,
)
from faceaudit.report.attribute_inference.words import (
    at,
    attack_name,
    attribute_name,
    guessing,
)
from faceaudit.report.elements import Cell
from faceaudit.report.numbers import count, counted, listed, percent, signed_points
from faceaudit.report.tables import Row, Table, filled, number_cell, share_cell, words_cell
from faceaudit.types import Figure

BESIDE: dict[Asked, str] = {
    "shuffled": "Labels dealt anew: AUC",
    "untrained": "Untrained network: AUC",
    "pixels": "Pixels: AUC",
}
"""Nulls and baselines, and the heads of their columns."""


def attribute_tables(runs: Sequence[Run]) -> tuple[Table, ...]:
    """Return the tables of a section."""
    return filled((_told(runs), _by_people(runs), _mitigated(runs), _cost(runs), _attacks(runs)))


def people_of(run: Run) -> str:
    """Say whose templates were attacked, and who was learned from."""
    facts = run.facts
    return (
        f"{counted(facts.attacked_photos, 'photo')} of "
        f"{counted(facts.attacked_people, 'person', 'people')} whom nobody learned from"
    )


def _told(runs: Sequence[Run]) -> Table | None:
    shown = plain(runs)
    if not shown:
        return None
    first = shown[0]
    beside = {
        asked: head
        for asked, head in BESIDE.items()
        if any(one.get(of_attempt(AUC, each.key)) for one in shown for each in one.at_most(asked))
    }
    return Table(
        MAIN,
        "What templates say",
        f"What templates say: {first.network}, {people_of(first)}; by attackers with "
        f"{counted(first.most, 'labelled person', 'labelled people')}. An AUC of 0.5 is guessing. "
        "Beside it what the same attack finds with labels dealt anew, which must be nothing, and "
        "what it finds without a trained network. Intervals are over people; of labels dealt anew, "
        "over dealings.",
        "Attribute, attack",
        ("Named rightly", "By guessing", "AUC", *beside.values()),
        tuple(
            Row(_named(run, one), (*_own(run, one), *_beside(run, one, tuple(beside))))
            for run in shown
            for one in run.at_most()
        ),
        open=True,
    )


def _named(run: Run, one: AttemptFacts) -> str:
    said = f"{attribute_name(one.attribute)}, {attack_name(one.attack)}"
    return f"{said}, seed {run.seed}" if run.several_seeds else said


def _own(run: Run, one: AttemptFacts) -> tuple[Cell, ...]:
    values = len(run.attribute(one.attribute).values)
    chance = percent(guessing(values)) if values else ""
    return (
        share_cell(run.figure(of_attempt(BALANCED, one.key))),
        Cell(chance, note="" if values else "no value that enough people have"),
        number_cell(run.figure(of_attempt(AUC, one.key))),
    )


def _beside(run: Run, one: AttemptFacts, asked: Sequence[Asked]) -> Iterator[Cell]:
    for each in asked:
        found = run.find(one.attribute, one.attack, one.people, each)
        yield number_cell(_area(run, found))


def _area(run: Run, one: AttemptFacts | None) -> Figure | None:
    return None if one is None else run.figure(of_attempt(AUC, one.key))


def _by_people(runs: Sequence[Run]) -> Table | None:
    shown = plain(runs)
    numbers = sorted({one.people for run in shown for one in run.attempts()})
    if not shown or len(numbers) < 2:
        return None
    rows = []
    for run in shown:
        for one in run.at_most():
            cells = []
            for number in numbers:
                found = run.find(one.attribute, one.attack, number)
                cells.append(number_cell(_area(run, found)))
            rows.append(Row(_named(run, one), tuple(cells)))
    return Table(
        BY_PEOPLE,
        "By labelled people",
        f"AUC by the number of labelled people that the attacker learns from; {shown[0].network}, "
        f"{people_of(shown[0])}. Fewer labelled people are the first of more: intervals are over "
        "attacked people, not over other draws of labelled ones",
        "Attribute, attack",
        tuple(counted(one, "person", "people") for one in numbers),
        tuple(rows),
    )


def _mitigated(runs: Sequence[Run]) -> Table | None:
    if all(one.mitigation == NONE for one in runs):
        return None
    names = list(dict.fromkeys(one.attribute for run in runs for one in run.facts.attributes))
    rows = []
    for run in runs:
        for attack in run.attacks():
            cells = []
            for name in names:
                found = run.find(name, attack, run.most)
                cells.append(number_cell(_area(run, found)))
            rows.append(Row(f"{run.title}, {attack_name(attack)}", tuple(cells)))
    first = runs[0]
    return Table(
        MITIGATED,
        "Under mitigations",
        f"Under mitigations: AUC on {people_of(first)}; by attackers who know the mitigation: they "
        "learn from what it stores of "
        f"{counted(first.most, 'labelled person', 'labelled people')}, "
        "brought to length 1 again. Mitigations were fitted on "
        f"{counted(first.facts.owner_people, 'other person', 'other people')}. 0.5 is guessing",
        "Mitigation, attack",
        tuple(map(attribute_name, names)),
        tuple(rows),
    )


def _cost(runs: Sequence[Run]) -> Table | None:
    shown = [one for one in runs if one.mitigation != NONE]
    if not shown:
        return None
    rates = shown[0].fmrs
    heads = [
        head
        for fmr in rates
        for head in (f"TMR at {at(fmr)}", f"Without, at {at(fmr)}", f"Change, at {at(fmr)}")
    ]
    return Table(
        COST,
        "What mitigations cost",
        "What mitigations cost: share of genuine comparisons of the attacked people that are "
        "accepted (TMR), at thresholds that strangers among "
        f"{counted(shown[0].facts.threshold_people, 'further person', 'further people')} fix for "
        "each mitigation anew; the change is of the same comparisons, in points",
        "Mitigation",
        ("Entries stored", *heads),
        tuple(
            Row(one.title, (words_cell(count(one.facts.entries)), *_rates(one, rates)))
            for one in shown
        ),
    )


def _rates(run: Run, rates: Sequence[float]) -> Iterator[Cell]:
    for fmr in rates:
        yield share_cell(run.figure(at_rate(TMR, fmr)))
        yield share_cell(run.figure(at_rate(TMR_PLAIN, fmr)))
        change = run.figure(at_rate(TMR_CHANGE, fmr))
        found = None if change is None else change.estimate
        if found is None:
            yield share_cell(change)
        else:
            ends = f"{signed_points(found.low)} to {signed_points(found.high)}"
            yield Cell(signed_points(found.value), ends, f"n = {count(found.n)}", estimate=found)


def _attacks(runs: Sequence[Run]) -> Table | None:
    if not runs:
        return None
    first = runs[0]
    made = {one.attack: one for one in first.at_most()}
    names = [attribute_name(one.attribute).lower() for one in first.facts.attributes]
    return Table(
        ATTACKS,
        "What attackers have",
        f"access, knowledge and queries, of all attacks on {listed(names, most=8)}; queries for "
        f"one attribute, with {counted(first.most, 'labelled person', 'labelled people')} and all "
        "attacked photos",
        "Attack",
        ("Has of the people attacked", "Knows", "Queries"),
        tuple(
            Row(
                attack_name(one.attack),
                (
                    words_cell(one.access),
                    words_cell(one.knowledge),
                    words_cell(count(one.queries) if one.queries else "none"),
                ),
            )
            for one in made.values()
        ),
    )
