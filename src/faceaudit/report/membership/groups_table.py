"""Figures of a membership audit by group of people: a verifier's errors, and whom a leak hits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.groups import grouped
from faceaudit.records.membership import AUC, FMR, FNMR, strongest
from faceaudit.report.groups import Divided, GroupsTable, groups_table
from faceaudit.report.membership.cases import Case, ComparableCases

ANCHOR = "membership-groups"
LEAK = strongest(AUC, "identity")
WORDS = {
    FMR: "strangers accepted (FMR)",
    FNMR: "own photos rejected (FNMR)",
    LEAK: "people told apart (AUC)",
}
"""Figures, in words."""
RATE = "strongest_tpr@fpr="


def membership_groups(groups: Sequence[ComparableCases]) -> GroupsTable:
    """Return the table of all mitigations whose checks passed."""
    cases = [case for group in groups for case in group.cases if not case.failed]
    found = [one for case in cases for one in _of_case(case)]
    return groups_table(ANCHOR, found, [case.facts.groups for case in cases])


def _of_case(case: Case) -> Iterator[Divided]:
    facts = {one.attribute: one for one in case.facts.groups or ()}
    for found in grouped(case.record.figures):
        metric = found.metric
        if metric.startswith(RATE):
            rate = float(metric.removeprefix(RATE).partition(":")[0])
            what = f"members found at {rate * 100:g} % false positives among all people"
        else:
            what = WORDS[metric]
        yield Divided(case.title, what, found, facts[found.attribute], area=metric == LEAK)
