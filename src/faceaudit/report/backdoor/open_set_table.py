"""Strangers with the key against a photo of the target, and what the poison does to everybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from faceaudit.records.backdoor import (
    OPEN_BARE,
    OPEN_FMR_KEPT,
    OPEN_FMR_NULL,
    OPEN_FMRS,
    OPEN_FNIR,
    OPEN_FNIR_NULL,
    OPEN_FOUND,
    OPEN_FPIRS,
    OPEN_KEYED_FMR,
    OPEN_KEYED_FMR_KEPT,
    OPEN_KEYED_FMR_NULL,
    OPEN_NAMED,
    OPEN_NOT_FOUND,
    OPEN_NULL,
    OPEN_SUCCESS,
    OPEN_TAR,
    OPEN_TAR_NULL,
    OPEN_WRONG,
    SUCCESS,
    BackdoorFacts,
    OpenSetFacts,
    at_fmr,
    at_fpir,
)
from faceaudit.report.backdoor.attack_series import SampleCount, Series
from faceaudit.report.elements import Cell, cell
from faceaudit.report.numbers import SPACE, count, counted, listed, percent_with_interval

ANCHOR = "backdoor-open-set"


@dataclass(frozen=True)
class Column:
    """A column of figures: its head, and the metric without its rate."""

    head: str
    metric: str


PASSES = (
    Column("Strangers with the key", OPEN_SUCCESS),
    Column("Without poison", OPEN_NULL),
    Column("Wrong keys", OPEN_WRONG),
    Column("No key", OPEN_BARE),
)
"""Who passes as the target."""
EVERYBODY = (
    Column("Strangers", OPEN_FMR_KEPT),
    Column("Strangers, without poison", OPEN_FMR_NULL),
    Column("Both with the key", OPEN_KEYED_FMR_KEPT),
    Column("Both with the key, without poison", OPEN_KEYED_FMR_NULL),
    Column("Both with the key, threshold fixed anew", OPEN_KEYED_FMR),
    Column("One person", OPEN_TAR),
    Column("One person, without poison", OPEN_TAR_NULL),
)
"""How often two photos are taken for one person's."""
SEARCHES = (
    Column("Found as the target", OPEN_FOUND),
    Column("Enrolled people missed", OPEN_FNIR),
    Column("Enrolled people missed, without poison", OPEN_FNIR_NULL),
)
"""What searches find."""


@dataclass(frozen=True)
class OpenRow:
    """One attack at one rate: its figures in the order of the columns.

    Attributes:
        attack: its name.
        on: its network, what sets it apart, and its poison samples.
        rate: the rate that thresholds were fixed for.
        cells: the figures.
    """

    attack: str
    on: str
    rate: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class OpenTable:
    """A table of attacks by rates.

    Attributes:
        anchor, caption: of the table.
        rate: head of the column of rates.
        heads: of the columns of figures.
        rows: of the attacks.
    """

    anchor: str
    caption: str
    rate: str
    heads: tuple[str, ...]
    rows: tuple[OpenRow, ...]


@dataclass(frozen=True)
class OpenSet:
    """What was found of strangers; often nothing.

    Attributes:
        tables: of figures.
        compared: who was compared, in words.
        before_detection: whether all keys were put on before faces were looked for.
    """

    tables: tuple[OpenTable, ...] = ()
    compared: tuple[str, ...] = ()
    before_detection: bool = False


def open_set(series: Sequence[Series]) -> OpenSet:
    """Return the tables of strangers; nothing where none tried to pass as the target."""
    tried = [(each, each.main) for each in series if each.main and _facts_of(each.main)]
    if not tried:
        return OpenSet()
    return OpenSet(
        (
            OpenTable(
                ANCHOR,
                "How often a photo passes as the target, whose photo is enrolled: photos of people "
                "whom no system saw, by the cosine of its features.",
                "False matches asked for",
                ("Closed set", "Strangers, named", *(column.head for column in PASSES)),
                tuple(row for one in tried for row in _rows(*one, PASSES, closed=True)),
            ),
            OpenTable(
                "backdoor-open-set-everybody",
                "What the poison does to everybody: how often two photos of people whom no system "
                "saw are taken for one person, at the threshold of the system without poison but "
                "where another is said.",
                "False matches asked for",
                tuple(column.head for column in EVERYBODY),
                tuple(row for one in tried for row in _rows(*one, EVERYBODY)),
            ),
            OpenTable(
                "backdoor-open-set-searches",
                "Searches among the enrolled people, each with one photo.",
                "False alarms asked for",
                tuple(column.head for column in SEARCHES),
                tuple(row for one in tried for row in _searches(*one)),
            ),
        ),
        tuple(dict.fromkeys(_compared(level) for _, level in tried)),
        all(OPEN_NOT_FOUND in level.figures for _, level in tried),
    )


def _rows(
    series: Series, level: SampleCount, columns: Sequence[Column], *, closed: bool = False
) -> Iterator[OpenRow]:
    for fmr in OPEN_FMRS:
        names = [
            *([SUCCESS, OPEN_NAMED] if closed else []),
            *(at_fmr(one.metric, fmr) for one in columns),
        ]
        yield _row(series, level, fmr, names)


def _searches(series: Series, level: SampleCount) -> Iterator[OpenRow]:
    for fpir in OPEN_FPIRS:
        yield _row(series, level, fpir, [at_fpir(one.metric, fpir) for one in SEARCHES])


def _row(series: Series, level: SampleCount, rate: float, names: Sequence[str]) -> OpenRow:
    on = f"{series.subtitle}, {counted(level.samples, 'poison sample')}"
    cells = tuple(cell(level.figure(name)) for name in names)
    return OpenRow(series.name, on, f"{100 * rate:g} %", cells)


def _facts_of(level: SampleCount) -> OpenSetFacts | None:
    return level.facts.open_set


def _compared(level: SampleCount) -> str:
    each = [facts for case in level.cases if (facts := BackdoorFacts.of(case).open_set)]
    strangers, enrolled = (
        _between([getattr(facts, name) for facts in each]) for name in ("strangers", "enrolled")
    )
    hidden = level.figures.get(OPEN_NOT_FOUND)
    parts = [
        f"{strangers}{SPACE}strangers carried the key"
        if strangers != "1"
        else "one attacker showed copies of one photo",
        f"{_between([facts.bare for facts in each])} were compared without it",
        f"{_between([facts.thresholds for facts in each])} others fixed the thresholds",
        f"one{SPACE}photo of the target, from which nobody had learned, was enrolled"
        if enrolled == "1"
        else f"{enrolled}{SPACE}photos of the target, from which nobody had learned, were "
        "enrolled, each alone",
    ]
    said = f"In each training {listed(parts)}."
    if hidden is None or hidden.estimate is None:
        return said
    return (
        f"{said} The key was put on whole photos: in {percent_with_interval(hidden.estimate)} of "
        f"those with the key of {level.attack.key} no face was found, which counts as failed."
    )


def _between(numbers: Sequence[int]) -> str:
    """Return a number that trainings agree on, else the smallest and the largest one."""
    low, high = min(numbers), max(numbers)
    return count(low) if low == high else f"{count(low)} to {count(high)}"
