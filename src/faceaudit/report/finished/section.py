"""The report's section on finished systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceaudit.audit.declared import Declared
from faceaudit.report.elements import Finding
from faceaudit.report.finished.findings import findings
from faceaudit.report.finished.groups_table import finished_groups
from faceaudit.report.finished.headline import headline
from faceaudit.report.finished.measures import finished_measures
from faceaudit.report.finished.systems import AskedSystem, arrange
from faceaudit.report.finished.tables import (
    FigureTable,
    KeyTable,
    figure_tables,
    key_tables,
    missing,
    people_table,
)
from faceaudit.report.finished.threats import finished_threats
from faceaudit.report.finished.words import ATTACKS, PARTS
from faceaudit.report.groups import GroupsTable
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.names import in_words
from faceaudit.report.section import Audited, CaseLine, Part, Section
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord, Store


@dataclass(frozen=True, eq=False)
class SystemView:
    """Everything that the page shows of one system."""

    anchor: str
    title: str
    subtitle: str
    findings: tuple[Finding, ...]
    figures: tuple[FigureTable, ...]
    people: tuple[tuple[str, str], ...]
    keys: tuple[KeyTable, ...]
    checks: tuple[tuple[str, str, str], ...]
    missing: tuple[tuple[str, str], ...]
    groups: GroupsTable


class FinishedSection(Section):
    """What was found by asking finished systems, and what could not be asked."""

    navigation = (("finished", "Finished systems"),)

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of finished systems."""
        del store, run
        systems = arrange(records)
        people = [
            part.facts.recognition.known_people
            for system in systems
            for part in system.of("recognition")
            if part.facts.recognition is not None
        ]
        return Part(
            headline=headline(systems),
            view=tuple(map(_view, systems)),
            audited=Audited(
                networks=tuple(system.title for system in systems),
                sources=tuple(dict.fromkeys(one.spec["faces"]["source"] for one in records)),
                people=tuple(dict.fromkeys(people)),
            ),
        )

    def measures(self, records: Sequence[CaseRecord]) -> Sequence[Measure]:
        """Return the figures that limits and comparisons may speak of."""
        return finished_measures(records)

    def threats(
        self,
        records: Sequence[CaseRecord],
        judgements: Sequence[Judgement],
        declared: Declared,
    ) -> Sequence[Threat]:
        """Return what the first screen says of keys and of membership."""
        return finished_threats(records, judgements, declared)

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words: the system and what was asked of it."""
        attack = record.spec["options"].get("attack")
        what = PARTS[record.spec["part"]]
        details = (
            "" if attack is None else f"{in_words(attack['attack'], ATTACKS)}, {attack['key']}"
        )
        title = f"{record.spec['title']}: {what[:1].lower()}{what[1:]}"
        return CaseLine(
            f"{title} of {details}" if details else title,
            columns={"Seed": str(record.spec["seed"])},
        )


SECTION = FinishedSection()


def _view(system: AskedSystem) -> SystemView:
    return SystemView(
        anchor=system.anchor,
        title=system.title,
        subtitle=system.subtitle,
        findings=findings(system),
        figures=figure_tables(system),
        people=people_table(system),
        keys=key_tables(system),
        checks=_checks(system),
        missing=missing(system),
        groups=finished_groups(system, system.anchor),
    )


def _checks(system: AskedSystem) -> tuple[tuple[str, str, str], ...]:
    """Return the checks of the lists: name, outcome, and what was found."""
    words = {True: "passed", False: "failed", None: "could not be made"}
    return tuple(
        (check.name.capitalize(), words[check.passed], check.message)
        for part in system.of("membership")
        if part.facts.membership is not None
        for check in part.facts.membership.checks
    )
