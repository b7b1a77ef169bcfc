"""Tables of a finished system: every figure as a cell, and what could not be audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from faceaudit.records.finished import (
    BOTH,
    CHANGED,
    DRAWN,
    DRAWN_NULL,
    FMR_NULL,
    ONE,
    OTHERS,
    Part,
    of_key,
)
from faceaudit.report.anchors import digest
from faceaudit.report.elements import Cell, cell, reason_of
from faceaudit.report.finished.systems import AskedPart, AskedSystem
from faceaudit.report.finished.words import PARTS, is_share, metric_name
from faceaudit.report.numbers import count, counted, decimal, decimal_interval
from faceaudit.types import Figure

PEOPLE_SHOWN = 10


@dataclass(frozen=True)
class FigureTable:
    """Figures of one part, one a row."""

    anchor: str
    title: str
    caption: str
    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True)
class KeyRow:
    """One key of a kind."""

    name: str
    cells: tuple[Cell, ...]
    person: str
    verdict: str


@dataclass(frozen=True)
class KeyTable:
    """Keys of one kind.

    Attributes:
        anchor: its id in the page.
        title: the attack and its key.
        caption: on what the keys were tried.
        heads: of the figures.
        people: whether whom photos are taken for is known.
        rows: the attack's own key first; the last is the mean of the others.
    """

    anchor: str
    title: str
    caption: str
    heads: tuple[str, ...]
    people: bool
    rows: tuple[KeyRow, ...]


def figure_tables(system: AskedSystem) -> tuple[FigureTable, ...]:
    """Return the tables of recognition, verification and membership that have a figure."""
    tables = []
    names: tuple[Part, ...] = ("recognition", "verification", "membership")
    for name in names:
        for part in system.of(name):
            flaw = _flaw(part)
            rows = tuple(
                (_row_name(figure), replace(_cell(figure), flaw=flaw))
                for figure in part.figures
                if figure.estimate
            )
            if rows:
                tables.append(FigureTable(_anchor(system, part), PARTS[name], _caption(part), rows))
    return tuple(tables)


def people_table(system: AskedSystem) -> tuple[tuple[str, str], ...]:
    """Return the people whom an identifier recognises least, and how often."""
    return tuple(
        (person.name, f"{count(person.recognised)} of {counted(person.photos, 'photo')}")
        for part in system.of("recognition")
        if part.facts.recognition is not None
        for person in part.facts.recognition.by_person[:PEOPLE_SHOWN]
    )


def key_tables(system: AskedSystem) -> tuple[KeyTable, ...]:
    """Return a table for each kind of keys that was tried."""
    return tuple(
        _key_table(part, _anchor(system, part))
        for part in system.of("keys")
        if part.facts.keys is not None
    )


def missing(system: AskedSystem) -> tuple[tuple[str, str], ...]:
    """Return what could not be audited and why, each reason once."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for part in system.parts:
        for figure in part.figures:
            if figure.estimate is None and not figure.metric.endswith(f":{OTHERS}"):
                name = metric_name(figure.metric)
                place = (PARTS[part.facts.part], reason_of(figure))
                names = by_reason.setdefault(place, [])
                if name not in names:
                    names.append(name)
    return tuple((f"{what}: {_few(names)}", why) for (what, why), names in by_reason.items())


def _anchor(system: AskedSystem, part: AskedPart) -> str:
    """Return the id of the table of a part, which a system may have several of: keys and seeds."""
    return f"{system.anchor}-{part.facts.part}-{digest(part.record.id)}"


def _flaw(part: AskedPart) -> str:
    """Return why the figures of a part are not to be relied on; usually nothing."""
    lists = part.facts.membership
    words = {"failed": "the lists\u2019 checks failed", "inconclusive": "the lists are too short"}
    return "" if lists is None else words.get(lists.outcome, "")


def _few(names: Sequence[str]) -> str:
    rest = [f"{one[:1].lower()}{one[1:]}" if one[1:2].islower() else one for one in names[1:]]
    return ", ".join([names[0], *rest])


def _row_name(figure: Figure) -> str:
    level = figure.metric.partition(":")[2]
    return f"{metric_name(figure.metric)}, {level}" if level else metric_name(figure.metric)


def _cell(figure: Figure) -> Cell:
    if figure.estimate is None or is_share(figure.metric):
        return cell(figure)
    one = figure.estimate
    return Cell(
        decimal(one.value),
        decimal_interval(one),
        f"n = {count(one.n)}",
        figure.why_none,
        estimate=one,
    )


def _caption(part: AskedPart) -> str:
    facts = part.facts
    if facts.recognition is not None:
        shown = facts.recognition
        known = counted(shown.known_people, "person", "people")
        return (
            f"{counted(shown.known_photos, 'photo')} of {known} whom it knows, "
            f"{counted(shown.stranger_photos, 'photo')} of {counted(shown.strangers, 'stranger')}"
        )
    if facts.verification is not None:
        pairs = facts.verification
        seen = {True: "never seen by it", None: "not known to be unseen", False: "seen by it"}
        return (
            f"{counted(pairs.genuine, 'genuine pair')} and "
            f"{counted(pairs.impostor, 'impostor pair')} of "
            f"{counted(pairs.people, 'person', 'people')}, {seen[pairs.unseen]}"
        )
    lists = facts.membership
    assert lists is not None
    return (
        f"{counted(lists.members, 'member')} and {counted(lists.nonmembers, 'non-member')}, listed "
        f"by {lists.listed}; {lists.verdict[:1].lower()}{lists.verdict[1:]}"
    )


def _key_table(part: AskedPart, anchor: str) -> KeyTable:
    facts = part.facts.keys
    assert facts is not None
    of_pairs = facts.pairs is not None
    metrics = (BOTH, ONE) if of_pairs else (DRAWN, DRAWN_NULL, CHANGED)
    suspects = {key.key for key in facts.suspicious()}
    by_name = {figure.metric: figure for figure in part.figures}
    rows = [
        KeyRow(
            key.key,
            tuple(_cell(by_name[of_key(metric, key.key)]) for metric in metrics),
            key.person or "nobody",
            "stands out" if key.key in suspects else "" if key.p is not None else "not tested",
        )
        for key in facts.keys
    ]
    if len(facts.keys) > 2:
        means = tuple(_cell(by_name[of_key(metric, OTHERS)]) for metric in metrics)
        rows.append(KeyRow("mean of the others", means, "", ""))
    tried = f"{counted(facts.photos, 'photo')} of {counted(facts.people, 'person', 'people')}"
    null = part.get(FMR_NULL)
    if of_pairs:
        tried = f"{counted(facts.pairs or 0, 'impostor pair')} of {tried}, at {facts.at}"
        if null is not None:
            tried += f"; without a key {_cell(by_name[FMR_NULL]).value} pass"
    return KeyTable(
        anchor=anchor,
        title=f"{part.title}, {facts.keys[0].key}",
        caption=tried,
        heads=tuple(metric_name(metric) for metric in metrics),
        people=not of_pairs,
        rows=tuple(rows),
    )
