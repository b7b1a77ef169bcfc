"""Figures by group of people: the table that every kind of audit shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from faceaudit.metrics.differentials import FEWEST_PEOPLE
from faceaudit.records.groups import (
    BY_CHANCE,
    DIFFERENCE,
    MAX_GEOMEAN,
    MAX_MIN,
    Grouped,
    GroupFacts,
    P,
    count_tests,
    is_shown,
)
from faceaudit.report.elements import NO_REASON, Cell, cell
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import DASH, counted, decimal, decimal_interval, listed
from faceaudit.types import Figure


@dataclass(frozen=True, eq=False)
class Divided:
    """A figure by the groups of one attribute, in words.

    Attributes:
        title: what the figure is of, such as an attack or a mitigation.
        what: the figure.
        found: it, by group.
        facts: of the groups.
        area: whether it is the area under a curve, which is no share.
        expected: whether it is a row whatever it says; else where groups differ alone. Its test
            counts as one either way, since it was looked at.
    """

    title: str
    what: str
    found: Grouped
    facts: GroupFacts
    area: bool = False
    expected: bool = True


@dataclass(frozen=True)
class GroupRow:
    """A row of the table.

    Attributes:
        title, what: as `Divided` has them.
        by: the attribute, in words.
        groups: name and people of each group, and the figure there.
        geomean, extremes: Max/GeoMean and Max/Min.
        by_chance: the Max/GeoMean of equal groups.
        difference: the highest less the lowest, in points.
        shown: whether groups differ, in words.
    """

    title: str
    what: str
    by: str
    groups: tuple[tuple[str, Cell], ...]
    geomean: Cell
    extremes: Cell
    by_chance: str
    difference: Cell
    shown: str


@dataclass(frozen=True)
class GroupsTable:
    """The table of a kind.

    Attributes:
        anchor: its id on the page.
        rows: those with two groups or more.
        refused: the groups that are too small, by attribute.
        silent: why there is no table, where there is none.
        title: of what, where a page has several.
    """

    anchor: str
    rows: tuple[GroupRow, ...]
    refused: tuple[tuple[str, str], ...]
    silent: str = ""
    title: str = ""


def groups_table(
    anchor: str,
    divided: Iterable[Divided],
    known: Iterable[Sequence[GroupFacts] | None],
    *,
    title: str = "",
) -> GroupsTable:
    """Return the table of a kind.

    Args:
        anchor: its id on the page.
        divided: every figure by group.
        known: the groups of each case; None where a case knows none.
        title: of what, where a page has several.
    """
    every = list(divided)
    comparable = [one for one in every if _known(one.found) > 1]
    tests = count_tests([one.found for one in comparable])
    rows = tuple(
        _row(one, tests) for one in comparable if one.expected or is_shown(one.found, tests)
    )
    silent = ""
    if not every:
        of_cases = list(known)
        silent = (
            "No figure is given by group: the photos have no attributes by which people could be "
            "divided, or the plan asks for no groups."
            if of_cases and None not in of_cases
            else "No group of people is known: the cases were run before figures were given by "
            "group, or by a way that keeps no attributes of the photos."
        )
    return GroupsTable(anchor, rows, tuple(_refused(every)), silent, title)


def group_measures(
    kind: str,
    name: str,
    found: Iterable[Grouped],
    metric: str,
    labels: Mapping[str, str | int | float],
    *,
    cases: tuple[str, ...],
    anchor: str,
    caution: str = "",
) -> Iterator[Measure]:
    """Yield the measures of a metric by group: NAME_by_group, and NAME_ratio, its Max/GeoMean.

    Args:
        kind: of audit.
        name: of the measure of everybody.
        found: figures by group.
        metric: which of them.
        labels: of the measure of everybody.
        cases: ids of the cases that it is from.
        anchor: the id of the page's element that shows it.
        caution: why no verdict may rest on it.
    """
    for one in found:
        if one.metric != metric:
            continue
        for group, figure in one.groups.items():
            own = {"attribute": one.attribute, "group": group, **labels}
            yield _measure(kind, f"{name}_by_group", own, figure, cases, anchor, caution)
        if MAX_GEOMEAN in one.compared:
            own = {"attribute": one.attribute, **labels}
            ratio = one.compared[MAX_GEOMEAN]
            yield _measure(kind, f"{name}_ratio", own, ratio, cases, anchor, caution)


def _measure(
    kind: str,
    name: str,
    labels: Mapping[str, str | int | float],
    figure: Figure,
    cases: tuple[str, ...],
    anchor: str,
    caution: str,
) -> Measure:
    return Measure(
        kind,
        name,
        labels,
        figure.estimate,
        why_none="" if figure.estimate else figure.why_none,
        caution=caution,
        cases=cases,
        anchor=anchor,
    )


def _known(found: Grouped) -> int:
    return sum(figure.estimate is not None for figure in found.groups.values())


def _row(one: Divided, tests: int) -> GroupRow:
    people = dict(zip(one.facts.names, one.facts.people, strict=True))
    found, photos = one.found, one.facts.divides == "photos"
    groups = tuple(
        (_head(name, figure, people.get(name, 0)), _cell(figure, one.area))
        for name, figure in found.groups.items()
        if figure.estimate is not None or people.get(name, 0) >= FEWEST_PEOPLE
    )
    chance = found.compared.get(BY_CHANCE)
    return GroupRow(
        title=one.title,
        what=f"{one.what[:1].upper()}{one.what[1:]}",
        by=f"{_words(one.facts.attribute)}{', photo by photo' if photos else ''}",
        groups=groups,
        geomean=_ratio(found.compared.get(MAX_GEOMEAN)),
        extremes=_ratio(found.compared.get(MAX_MIN)),
        by_chance=f"{chance.estimate.value:.2f}" if chance and chance.estimate else "",
        difference=_difference(found.compared.get(DIFFERENCE), one.area),
        shown=_shown(found, tests),
    )


def _head(name: str, figure: Figure, known: int) -> str:
    """Return a group with the people its figure is of, as its method says, or as are known."""
    if figure.estimate is None:
        return name
    said = re.search(r"(\d+) people$", figure.estimate.method)
    return f"{name}, {counted(int(said[1]) if said else known, 'person', 'people')}"


def _cell(figure: Figure, area: bool) -> Cell:  # noqa: FBT001 - which of two ways to write it
    shown = cell(figure)
    if area and figure.estimate is not None:
        ends = decimal_interval(figure.estimate)
        return replace(shown, value=decimal(figure.estimate.value), interval=ends, trials="")
    return replace(shown, trials="")


def _ratio(figure: Figure | None) -> Cell:
    if figure is None or figure.estimate is None:
        return Cell(note="undefined" if figure is None else figure.why_none or NO_REASON)
    one = figure.estimate
    return Cell(f"{one.value:.2f}", f"{one.low:.2f}{DASH}{one.high:.2f}", estimate=one)


def _difference(figure: Figure | None, area: bool) -> Cell:  # noqa: FBT001 - as `_cell`
    if figure is None or figure.estimate is None:
        return Cell(note="unknown" if figure is None else figure.why_none or NO_REASON)
    one = figure.estimate
    if area:
        return Cell(decimal(one.value), decimal_interval(one), estimate=one)
    value, ends = f"{one.value * 100:.1f}", f"{one.low * 100:.1f}{DASH}{one.high * 100:.1f}"
    return Cell(f"{value} points", ends, estimate=one)


def _shown(found: Grouped, tests: int) -> str:
    """Say whether groups differ, over all tests of the table."""
    shown, tested = is_shown(found, tests), found.compared.get(P)
    if shown is None:
        return "not known"
    if tested is None or tested.estimate is None:
        return "yes, by the interval of the difference" if shown else "no difference shown"
    p = f"p = {tested.estimate.value:.3g}"
    many = f", times {tests} tests" if tests > 1 else ""
    return f"yes ({p}{many})" if shown else f"no difference shown ({p}{many})"


def _refused(every: Sequence[Divided]) -> Iterator[tuple[str, str]]:
    """Yield each attribute with groups that are too small for any figure, and these."""
    by_attribute: dict[str, list[Divided]] = {}
    for one in every:
        by_attribute.setdefault(one.facts.attribute, []).append(one)
    for attribute, some in by_attribute.items():
        reasons: dict[str, list[str]] = {}
        for one in some:
            people = dict(zip(one.facts.names, one.facts.people, strict=True))
            for name, figure in one.found.groups.items():
                known = counted(people.get(name, 0), "person", "people")
                why = "" if figure.estimate else figure.why_none or NO_REASON
                why = known if why and people.get(name, 0) < FEWEST_PEOPLE else why
                reasons.setdefault(name, []).append(why)
        small = [f"{name} ({whys[0]})" for name, whys in reasons.items() if all(whys)]
        if small:
            yield _words(attribute), listed(small, most=len(small))


def _words(attribute: str) -> str:
    return attribute.replace("_", " ")
