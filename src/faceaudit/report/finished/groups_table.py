"""Figures of a finished system by group of people."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.protocols.unseen import CHOSEN_FMR, CHOSEN_FNMR
from faceaudit.records.finished import NOT_RECOGNISED, OWN_FMR, OWN_FNMR, STRANGERS
from faceaudit.records.groups import grouped
from faceaudit.report.finished.systems import AskedSystem
from faceaudit.report.groups import Divided, GroupsTable, groups_table

PARTS = ("recognition", "verification")
WORDS = {
    NOT_RECOGNISED: "not recognised",
    STRANGERS: "strangers named",
    OWN_FMR: "strangers accepted (FMR), by its own decision",
    OWN_FNMR: "own photos rejected (FNMR), by its own decision",
    CHOSEN_FMR: "strangers accepted (FMR), at chosen thresholds",
    CHOSEN_FNMR: "own photos rejected (FNMR), at chosen thresholds",
}
"""Figures, in words."""


def finished_groups(system: AskedSystem, anchor: str) -> GroupsTable:
    """Return the table of a system.

    Args:
        system: what was asked.
        anchor: of the system on the page.
    """
    known = [part.facts.groups for part in system.parts if part.facts.part in PARTS]
    return groups_table(f"{anchor}-groups", _of_system(system), known, title=system.title)


def _of_system(system: AskedSystem) -> Iterator[Divided]:
    for part in system.parts:
        facts = {one.attribute: one for one in part.facts.groups or ()}
        for found in grouped(part.record.figures):
            yield Divided("", WORDS[found.metric], found, facts[found.attribute])
