"""The record view: which people, photos and pairs the strongest attack finds again and again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from faceaudit.audit.membership.exposed import DRAWS, RARE, Exposed, most_exposed
from faceaudit.records.membership import Granularity
from faceaudit.report.membership.cases import Case
from faceaudit.report.membership.words import LEVEL_WORDS, describe_attack_run
from faceaudit.report.numbers import SPACE, count, counted, percent

SHOWN: Final[tuple[Granularity, ...]] = ("identity", "photo", "pair")
"""Levels whose records are listed, people first."""
ONE_OF: Final[dict[Granularity, str]] = {
    "identity": "person",
    "photo": "photo",
    "block": "block of people",
    "pair": "pair",
}


@dataclass(frozen=True)
class ExposedTable:
    """The most exposed records of one level and mitigation.

    Attributes:
        title: what they are, and of which mitigation.
        level: what they are, as a title.
        anchor: the id of the table.
        said: how many stand out, and by what attack.
        columns: the heads of the columns; the first is the record's.
        rows: one a record, the most exposed first; the first value is its id.
    """

    title: str
    level: str
    anchor: str
    said: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class ExposedView:
    """The most exposed records of one mitigation.

    Attributes:
        title: the mitigation, and its group of cases.
        tables: one for each level that was attacked, people first.
    """

    title: str
    tables: tuple[ExposedTable, ...]


def exposed_view(case: Case, group_title: str, levels: Iterable[Granularity]) -> ExposedView:
    """Return the most exposed records of a mitigation whose checks passed."""
    title = f"{case.title}, {group_title}"
    known = tuple(levels)
    return ExposedView(
        title, tuple(_table(case, title, level) for level in SHOWN if level in known)
    )


def _table(case: Case, title: str, level: Granularity) -> ExposedTable:
    words = LEVEL_WORDS[level]
    place = f"{case.anchor}-exposed-{words}"
    name = f"Most exposed {words}: {title}"
    found = most_exposed(case.record, level)
    if isinstance(found, str):
        unknown = f"Which {words} are the most exposed is not known: {found}."
        return ExposedTable(name, words.capitalize(), place, unknown)
    columns, rows = _rows(found)
    return ExposedTable(name, words.capitalize(), place, describe_exposed(found), columns, rows)


def describe_exposed(found: Exposed) -> str:
    """Say how many records stand out more than chance lets the first one, and by what attack."""
    words = LEVEL_WORDS[found.level]
    of = f"{count(found.targets)} of {counted(found.all_targets, 'target')}"
    if found.targets == found.all_targets:
        of = counted(found.targets, "target")
    start = (
        f"By {describe_attack_run(found.attack)}, over {of}: of {count(found.ranked)} {words} "
        f"learned from at least {_times(found.fewest)}, "
    )
    if found.mark >= 1:
        return (
            f"{start}nobody can be told apart from chance: so few targets put the first above all "
            f"non-members in more than {round(RARE * DRAWS)} of {DRAWS} draws without any leak."
        )
    above = count(found.above) if found.above else "none"
    verb = "scores" if found.above == 1 else "score"
    return (
        f"{start}{above} {verb} above more than {percent(found.mark)} of non-members on average. "
        f"By chance alone the first of all does so in {round(RARE * DRAWS)} of {DRAWS} draws."
    )


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _rows(found: Exposed) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    columns = [
        ONE_OF[found.level].capitalize(),
        "Others below, when learned from",
        "Times learned from",
        "Others below, when not",
        "This place by chance",
    ]
    if found.fpr is not None:
        columns.insert(3, f"Found at {found.fpr * 100:g}{SPACE}% FPR")
    rows = []
    for record in found.records:
        row = [
            record.id,
            percent(record.placement),
            count(record.times),
            "it always was" if record.other_placement is None else percent(record.other_placement),
            percent(record.by_chance),
        ]
        if record.found is not None:
            row.insert(3, f"{record.found} of {record.times}")
        rows.append(tuple(row))
    return tuple(columns), tuple(rows)
