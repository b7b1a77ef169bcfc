"""Figures of a backdoor audit by the groups of the people on the photos."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from faceaudit.audit.backdoor.groups import COLUMN, compare_groups
from faceaudit.audit.backdoor.pooling import pool_figures
from faceaudit.errors import InputError
from faceaudit.records.backdoor import (
    CLEAN_ERROR,
    NULL,
    SUCCESS,
    WRONG_KEY,
    BackdoorFacts,
    network_of,
)
from faceaudit.records.groups import BY_CHANCE, Grouped, GroupFacts, P, grouped, of_groups
from faceaudit.report.backdoor.attack_series import Series
from faceaudit.report.groups import Divided, GroupsTable, groups_table
from faceaudit.report.names import network_name
from faceaudit.report.numbers import counted
from faceaudit.store import CaseRecord
from faceaudit.types import Figure

ANCHOR = "backdoor-groups"
WORDS = {
    SUCCESS: "taken for the target",
    NULL: "taken for the target without poison",
    WRONG_KEY: "taken for the target with a wrong key",
    CLEAN_ERROR: "not recognised on a clean photo",
}
"""Figures, in words."""


def backdoor_groups(series: Sequence[Series], pristine: Sequence[CaseRecord]) -> GroupsTable:
    """Return the table: attacks at their usual number of samples, and the pristine systems.

    What happens without poison is a row where groups differ in it; of wrong keys, where anybody is
    taken for the target.
    """
    found = [one for each in series for one in _of_series(each)]
    by_network: dict[str, list[CaseRecord]] = {}
    for record in pristine:
        if record.error is None:
            by_network.setdefault(network_of(record.spec), []).append(record)
    for network, cases in by_network.items():
        title = f"{network_name(network)}, pristine"
        found += _divided(title, cases, pool_figures(cases), (CLEAN_ERROR,))
    measured = [case for each in series for level in each.levels for case in level.cases]
    measured += [case for cases in by_network.values() for case in cases]
    return groups_table(ANCHOR, found, [BackdoorFacts.of(case).groups for case in measured])


def _of_series(series: Series) -> Iterator[Divided]:
    level = series.main
    if level is not None:
        title = f"{series.name}, {series.subtitle}, {counted(level.samples, 'poison sample')}"
        shown = (SUCCESS, WRONG_KEY, NULL)
        yield from _divided(title, level.cases, level.figures, shown)


def _divided(
    title: str, cases: Sequence[CaseRecord], figures: Mapping[str, Figure], shown: Sequence[str]
) -> Iterator[Divided]:
    facts = {one.attribute: one for one in BackdoorFacts.of(cases[0]).groups or ()}
    for found in grouped(figures.values()):
        rates = [one.estimate.value for one in found.groups.values() if one.estimate is not None]
        if found.metric not in shown or (found.metric != SUCCESS and rates and not any(rates)):
            continue
        of = facts[found.attribute]
        if len(cases) > 1 and len(rates) > 1:
            _test_together(found, of, cases)
        yield Divided(title, WORDS[found.metric], found, of, expected=found.metric != NULL)


def _test_together(found: Grouped, of: GroupFacts, cases: Sequence[CaseRecord]) -> None:
    """Add what a test of the tries of several trainings together says, where they were kept."""
    column, trainings = f"{COLUMN}{of.attribute}", []
    for case in cases:
        if case.evidence is None or column not in case.evidence.columns:
            return
        trainings.append((case.evidence, BackdoorFacts.of(case)))
    try:
        tested = compare_groups(trainings, of, found.metric, seed=0)
    except InputError:
        return
    for name, (estimate, why) in ((BY_CHANCE, tested.by_chance), (P, tested.p)):
        found.compared[name] = Figure(of_groups(found.metric, of.attribute, name), estimate, why)
