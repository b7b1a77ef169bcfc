"""Figures by group: their metric names, and what is known of the groups beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from faceaudit.faces.groups import Grouping
from faceaudit.metrics.differentials import Differential, compare_rates
from faceaudit.metrics.group_permutation import Measured
from faceaudit.records.facts import Facts
from faceaudit.types import Figure

MAX_GEOMEAN: Final = "max/geomean"
MAX_MIN: Final = "max/min"
DIFFERENCE: Final = "max-min"
BY_CHANCE: Final = "by_chance"
P: Final = "p"
COMPARISONS: Final = (MAX_GEOMEAN, MAX_MIN, DIFFERENCE, BY_CHANCE, P)
"""What sets groups apart: two ratios, the difference, the Max/GeoMean of equal groups, and the
probability of so large a difference where groups make none."""
LEVEL: Final = 0.05
"""The chance that a difference between any two groups of a case is called one where none is."""


class GroupFacts(Facts):
    """An attribute that divides people, or photos, into groups.

    Attributes:
        attribute: its name.
        divides: whether groups are of people, or of photos.
        names: what the groups are called.
        people: how many people each is of; of photos, who have any in it.
    """

    attribute: str
    divides: Literal["people", "photos"]
    names: tuple[str, ...]
    people: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Grouped:
    """A figure by the groups of one attribute.

    Attributes:
        metric: whose figure it is.
        attribute: of the groups.
        groups: the figure of each group; a group that was refused says why.
        compared: figures of `COMPARISONS`, by their names there.
    """

    metric: str
    attribute: str
    groups: dict[str, Figure] = field(default_factory=dict)
    compared: dict[str, Figure] = field(default_factory=dict)


def of_group(metric: str, attribute: str, group: str) -> str:
    """Return the metric of one group.

    >>> of_group("attack_success", "age_group", "below 30")
    'attack_success|age_group=below 30'
    """
    return f"{metric}|{attribute}={group}"


def of_groups(metric: str, attribute: str, comparison: str) -> str:
    """Return the metric of what sets the groups of an attribute apart.

    >>> of_groups("attack_success", "age_group", MAX_GEOMEAN)
    'attack_success|age_group:max/geomean'
    """
    return f"{metric}|{attribute}:{comparison}"


def is_of_groups(metric: str) -> bool:
    """Return whether a metric is of groups, and no figure of everybody."""
    return "|" in metric


def is_comparison(metric: str) -> bool:
    """Return whether a metric sets groups apart, and is no rate of one, whatever that is called."""
    rest = metric.partition("|")[2]
    return "=" not in rest and any(rest.endswith(f":{name}") for name in COMPARISONS)


def describe_groups(
    groupings: Iterable[Grouping], people: Iterable[int] | None = None
) -> tuple[GroupFacts, ...]:
    """Return the facts of groupings; of some people alone where their numbers are given."""
    some = None if people is None else list(people)
    facts = []
    for one in groupings:
        counts = np.sum(one.has if some is None else one.has[some], axis=0)
        facts.append(
            GroupFacts(
                attribute=one.attribute,
                divides=one.divides,
                names=one.names,
                people=tuple(int(count) for count in counts),
            )
        )
    return tuple(facts)


def figures_of(metric: str, attribute: str, found: Differential) -> Iterator[Figure]:
    """Yield the figures of groups, and those of what sets them apart."""
    for one in found.groups:
        yield Figure(of_group(metric, attribute, one.name), one.rate, one.why)
    measured = (
        found.max_over_geomean,
        found.max_over_min,
        found.difference,
        found.by_chance,
        found.p,
    )
    yield from _comparisons(metric, attribute, measured)


def _comparisons(metric: str, attribute: str, measured: Sequence[Measured]) -> Iterator[Figure]:
    """Yield the figures of `COMPARISONS`; of fewer than two groups the first says it for all."""
    for name, (estimate, why) in zip(COMPARISONS, measured, strict=False):
        yield Figure(of_groups(metric, attribute, name), estimate, why)
        if measured[2][0] is None:  # there is a difference wherever there are two groups
            return


def grouped(figures: Iterable[Figure]) -> tuple[Grouped, ...]:
    """Return the figures that are by group, each metric and attribute together."""
    found: dict[tuple[str, str], Grouped] = {}
    for figure in figures:
        metric, bar, rest = figure.metric.partition("|")
        if not bar:
            continue
        if is_comparison(figure.metric):
            attribute, _, name = rest.rpartition(":")
            into = found.setdefault((metric, attribute), Grouped(metric, attribute)).compared
        else:
            attribute, _, name = rest.partition("=")
            into = found.setdefault((metric, attribute), Grouped(metric, attribute)).groups
        into[name] = figure
    return tuple(found.values())


def pool_comparisons(rates: Iterable[Figure]) -> dict[str, Figure]:
    """Return the ratios and differences of rates that are means over trainings, by metric.

    What a test says of several trainings needs the tries themselves, and is not among them.
    """
    found = {}
    for one in grouped(rates):
        known = [figure.estimate for figure in one.groups.values() if figure.estimate is not None]
        for figure in _comparisons(one.metric, one.attribute, compare_rates(known)):
            found[figure.metric] = figure
    return found


def count_tests(found: Sequence[Grouped]) -> int:
    """Return how many differences are tested: what a probability is to be multiplied by."""
    return sum(P in one.compared and one.compared[P].estimate is not None for one in found)


def is_shown(one: Grouped, tests: int) -> bool | None:
    """Return whether groups differ, over all tests of a case; None where that is not known.

    Of people, by the probability times the number of tests (Bonferroni); of photos, which are not
    tested, when the interval of the difference lies above 0.
    """
    tested, apart = one.compared.get(P), one.compared.get(DIFFERENCE)
    if tested is not None and tested.estimate is not None:
        return tested.estimate.value * tests < LEVEL
    if apart is None or apart.estimate is None:
        return None
    return apart.estimate.low > 0
