"""The report's section on inversion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from faceaudit.audit.declared import Declared
from faceaudit.report.elements import Finding
from faceaudit.report.inversion.findings import template_findings
from faceaudit.report.inversion.gallery import Faces, galleries
from faceaudit.report.inversion.headline import headline
from faceaudit.report.inversion.identifier_runs import (
    IdentifierRun,
    identifier_findings,
    identifier_runs,
    identifier_table,
)
from faceaudit.report.inversion.measures import inversion_measures
from faceaudit.report.inversion.runs import Run, template_runs, unprotected
from faceaudit.report.inversion.success_chart import success_chart
from faceaudit.report.inversion.tables import template_tables
from faceaudit.report.inversion.threats import inversion_threats
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import counted
from faceaudit.report.section import Audited, CaseLine, Part, Section
from faceaudit.report.tables import Table, filled
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord, Store


@dataclass(frozen=True, eq=False)
class Block:
    """What the page shows of inversions of templates, or of an identifier."""

    anchor: str
    title: str
    subtitle: str
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    chart: Markup | None = None


@dataclass(frozen=True, eq=False)
class InversionView:
    """Everything that the page shows of inversions."""

    blocks: tuple[Block, ...]
    pictures: tuple[Faces, ...]
    failed: tuple[tuple[str, str], ...]


class InversionSection(Section):
    """Faces rebuilt from stolen templates, and from what an identifier knows."""

    navigation = (("inversion", "Inversion"),)

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of inversions."""
        del store, run
        runs, identifiers = template_runs(records), identifier_runs(records)
        networks = [title for one in runs for title in one.networks]
        networks += [title for one in identifiers for title in (one.network, one.judge)]
        people = [*(one.facts.people for one in runs), *(one.facts.people for one in identifiers)]
        return Part(
            headline=headline(runs, identifiers),
            view=InversionView(
                blocks=tuple(_blocks(runs, identifiers)),
                pictures=galleries(runs, identifiers),
                failed=tuple(
                    (self.line(one).title, one.error) for one in records if one.error is not None
                ),
            ),
            audited=Audited(
                networks=tuple(dict.fromkeys(networks)),
                sources=tuple(dict.fromkeys(str(one.spec["faces"]["source"]) for one in records)),
                people=tuple(dict.fromkeys(people)),
            ),
        )

    def measures(self, records: Sequence[CaseRecord]) -> Sequence[Measure]:
        """Return the figures that limits and comparisons may speak of."""
        return inversion_measures(records)

    def threats(
        self,
        records: Sequence[CaseRecord],
        judgements: Sequence[Judgement],
        declared: Declared,
    ) -> Sequence[Threat]:
        """Return what the first screen says of rebuilt faces."""
        return inversion_threats(records, judgements, declared)

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words: the attack and the protection."""
        titles, key = record.spec["titles"], record.spec.get("key", "none")
        said = f"Inversion by {titles['attack']}"
        if record.spec["part"] == "identifier":
            said += f" of a {titles['networks'][0]}"
        if titles.get("protection", "none") != "none":
            said += f" of {titles['protection']}"
        if key != "none":
            said += ", keys known" if key == "known" else ", keys not known"
        return CaseLine(said, columns={"Seed": str(record.spec["seed"])})


def _blocks(runs: Sequence[Run], identifiers: Sequence[IdentifierRun]) -> Iterator[Block]:
    if runs:
        people = counted(runs[0].facts.people, "person", "people")
        yield Block(
            "inversion-templates",
            "Stolen templates",
            f"of {people}, by {runs[0].networks[0]}",
            template_findings(runs),
            template_tables(runs),
            success_chart(unprotected(runs), name="inversion-success"),
        )
    if identifiers:
        known = counted(identifiers[0].facts.known, "person", "people")
        yield Block(
            "inversion-identifiers",
            "An identifier",
            f"that knows {known}",
            identifier_findings(identifiers),
            filled((identifier_table(identifiers),)),
        )


SECTION = InversionSection()
