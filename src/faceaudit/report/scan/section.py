"""The report's section on scans for back doors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceaudit.audit.declared import Declared
from faceaudit.report.elements import Finding, Headline
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import counted, listed
from faceaudit.report.pictures import Picture, embed_picture
from faceaudit.report.scan.embedder_tables import compared_tables
from faceaudit.report.scan.embedders import (
    ComparedSystem,
    compared_findings,
    compared_headline,
    compared_systems,
)
from faceaudit.report.scan.findings import scan_findings, verdict
from faceaudit.report.scan.measures import scan_measures
from faceaudit.report.scan.scans import ScannedSystem, person_in_words, scanned_systems
from faceaudit.report.scan.tables import scan_tables
from faceaudit.report.scan.threats import scan_threats
from faceaudit.report.section import Audited, CaseLine, Part, Section
from faceaudit.report.tables import Table
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord, Store

SHOWN = 4
"""Pictures of triggers a system, at most."""


@dataclass(frozen=True, eq=False)
class SystemView:
    """Everything that the page shows of one system."""

    anchor: str
    title: str
    subtitle: str
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, eq=False)
class ScanView:
    """Everything that the page shows of scans."""

    systems: tuple[SystemView, ...]
    failed: tuple[tuple[str, str], ...]


class ScanSection(Section):
    """What stands out in foreign systems: people whom they know, or keys that open them."""

    navigation = (("scan", "Scan for back doors"),)

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of scans."""
        del store, run
        systems, compared = scanned_systems(records), compared_systems(records)
        return Part(
            headline=headline(systems, compared),
            view=ScanView(
                systems=(*map(_view, systems), *map(_compared_view, compared)),
                failed=tuple(
                    (self.line(one).title, one.error) for one in records if one.error is not None
                ),
            ),
            audited=Audited(
                networks=(*(one.title for one in systems), *(one.title for one in compared)),
                sources=tuple(
                    dict.fromkeys(str(one.spec["strangers"]["source"]) for one in records)
                ),
                people=tuple(dict.fromkeys(one.facts.people for one in systems)),
            ),
        )

    def measures(self, records: Sequence[CaseRecord]) -> Sequence[Measure]:
        """Return the figures that limits and comparisons may speak of."""
        return scan_measures(records)

    def threats(
        self,
        records: Sequence[CaseRecord],
        judgements: Sequence[Judgement],
        declared: Declared,
    ) -> Sequence[Threat]:
        """Return what the first screen says of scanned systems."""
        return scan_threats(records, judgements, declared)

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words: the system."""
        return CaseLine(
            f"Scan of {record.spec['title']}", columns={"Seed": str(record.spec["seed"])}
        )


SECTION = ScanSection()


def headline(systems: Sequence[ScannedSystem], compared: Sequence[ComparedSystem] = ()) -> Headline:
    """Choose the first words of the section, by the worst verdict; identifiers come first."""
    people = any(one.facts.verdict == "suspicious" for one in systems)
    keys = any(one.facts.verdict == "suspicious" for one in compared)
    if compared and (not systems or (keys and not people)):
        return compared_headline(compared)
    by_verdict = {
        word: [one for one in systems if one.facts.verdict == word]
        for word in ("suspicious", "nothing found", "not testable")
    }
    if worst := by_verdict["suspicious"]:
        first = min(worst, key=lambda one: one.facts.chance or 0.0)
        title = f"{person_in_words(first.suspicious[0])} stands out in {first.title}"
        return Headline(title, verdict(first), "", first.anchor)
    if held := by_verdict["nothing found"]:
        title = f"Nobody stands out in {listed([one.title for one in held])}"
        return Headline(title, verdict(held[0]), "", held[0].anchor)
    if silent := by_verdict["not testable"]:
        title = f"{listed([one.title for one in silent])} could not be tested for back doors"
        return Headline(title, verdict(silent[0]), "", silent[0].anchor)
    return Headline("Nothing was scanned", "Every case failed.")


def _view(system: ScannedSystem) -> SystemView:
    facts = system.facts
    return SystemView(
        anchor=system.anchor,
        title=system.title,
        subtitle=f"knows {counted(facts.people, 'person', 'people')}; asked about "
        f"{counted(facts.strangers, 'photo')} of "
        f"{counted(facts.stranger_people, 'stranger')}, with and without something on them",
        findings=scan_findings(system),
        tables=scan_tables(system),
        pictures=_pictures(system),
    )


def _compared_view(system: ComparedSystem) -> SystemView:
    facts = system.facts
    named = [(one.key, one.picture) for one in facts.keys[: SHOWN - 1]]
    if facts.trigger is not None:
        named.append(("Trigger sought by gradients", facts.trigger.picture))
    shown = [
        (name, content)
        for name, picture in named
        if (content := system.record.pictures.get(picture)) is not None
    ]
    return SystemView(
        anchor=system.anchor,
        title=system.title,
        subtitle=f"compares photos; asked about {counted(facts.strangers, 'photo')} of "
        f"{counted(facts.stranger_people, 'stranger')}, with and without a key on them",
        findings=compared_findings(system),
        tables=compared_tables(system),
        pictures=tuple(
            embed_picture(content, f"{key}, on the face of nobody who exists", key)[0]
            for key, content in shown
        ),
    )


def _pictures(system: ScannedSystem) -> tuple[Picture, ...]:
    """Return what opens the door to the first people, on the face of nobody who exists."""
    shown: list[Picture] = []
    for one in system.facts.suspects:
        content = system.record.pictures.get(one.picture)
        if content is not None and len(shown) < SHOWN:
            alt = (
                f"What sends strangers to {person_in_words(one)}, on the face of nobody who exists"
            )
            shown.append(embed_picture(content, alt, person_in_words(one))[0])
    return tuple(shown)
