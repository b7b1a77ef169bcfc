"""Tables of one recipe: a row an attack, a column a level and the photos that were at hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from faceaudit.records.backbone_membership import (
    AUC,
    BLIND,
    LEVELS,
    PHOTOS,
    Against,
    Asked,
    Nets,
    tpr_at,
)
from faceaudit.report.backbone_membership.cases import Case
from faceaudit.report.backbone_membership.words import ACCESS, short
from faceaudit.report.elements import Cell
from faceaudit.report.numbers import SPACE, counted
from faceaudit.report.tables import Row, Table, filled, number_cell, share_cell, words_cell

COLUMNS = tuple((level, photos) for photos in PHOTOS for level in LEVELS)
HEADS = (
    "The attacker",
    "Photos, training ones",
    "People, by training photos",
    "Photos, others",
    "People, by other photos",
)
KNOWS = "knows who is on each photo"
OWN = "has trained backbones of the same kind on other halves"


def tables(case: Case) -> tuple[Table, ...]:
    """Return the tables of a recipe."""
    rates = tuple(_rate_table(case, fpr) for fpr in case.rates())
    return filled(
        [
            _areas(case, "same_source", "trained", open_=True),
            _areas(case, "same_source", "untrained"),
            *rates,
            None if case.people_only() else _areas(case, "other_source", "trained"),
            None if case.people_only() else _areas(case, "other_source", "untrained"),
        ]
    )


def _areas(case: Case, against: Against, nets: Nets, *, open_: bool = False) -> Table:
    lists = next(one for one in case.facts.lists if one.against == against)
    whom = (
        "others of their own source"
        if against == "same_source"
        else f"people of another source ({lists.source})"
    )
    of = "Members" if nets == "trained" else "The same people by untrained networks"
    return Table(
        anchor=f"{case.anchor}-{against.replace('_', '-')}-{nets}",
        title=f"{of} told from {whom}",
        caption=(
            f"{of} told from {whom}, {case.title}: AUC, guessing 0.5; "
            f"{counted(len(case.facts.trainings), 'training')} on halves of "
            f"{counted(case.facts.people, 'person', 'people')}; n counts people"
        ),
        first="Attack",
        heads=HEADS,
        rows=tuple(_rows(case, AUC, against, nets)),
        open=open_,
    )


def _rate_table(case: Case, fpr: float) -> Table:
    alarms = f"{fpr * 100:g}{SPACE}%"
    return Table(
        anchor=f"{case.anchor}-tpr-{fpr * 100:g}".replace(".", "-"),
        title=f"Members found with {alarms} of others wrongly named",
        caption=(
            f"Share of members found where {alarms} of others of their own source are wrongly "
            f"named, which is what guessing finds; {case.title}"
        ),
        first="Attack",
        heads=HEADS,
        rows=tuple(_rows(case, tpr_at(fpr), "same_source", "trained")),
    )


def _rows(case: Case, name: str, against: Against, nets: Nets) -> Iterator[Row]:
    """Yield a row for each attack, with shadows and without; what the pixels tell comes first."""
    kinds = dict.fromkeys(
        (asked.attack, asked.shadows)
        for asked, _ in case.asked(name)
        if asked.against == against and asked.nets in (nets, "trained")
    )
    for attack, shadows in kinds:
        blind = attack == BLIND
        asked = Asked(attack, "photo", "trained", shadows, against, "trained" if blind else nets)
        cells = [
            _cell(case, replace(asked, level=level, photos=photos), name)
            for level, photos in COLUMNS
        ]
        if all(not one.value and not one.note for one in cells):
            continue
        yield Row(short(asked), (words_cell(_attacker(case, asked)), *cells))


def _attacker(case: Case, asked: Asked) -> str:
    """Say access, knowledge and queries of an attack."""
    if asked.attack == BLIND:
        return f"has photos alone; {KNOWS}"
    access = next(one.access for one in case.facts.attacks if one.key == asked.attack)
    parts = [ACCESS.get(access, access), KNOWS, *([OWN] if asked.shadows == "with" else [])]
    return "; ".join(parts)


def _cell(case: Case, asked: Asked, name: str) -> Cell:
    make = number_cell if name == AUC else share_cell
    found = make(case.figure(asked, name))
    return replace(found, flaw=case.flaw(asked)) if found.value else found
