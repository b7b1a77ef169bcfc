"""The report's section on extraction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from faceaudit.audit.declared import Declared
from faceaudit.report.elements import Finding
from faceaudit.report.extraction.chart import agreement_chart
from faceaudit.report.extraction.copies import Copied, arrange, policy_of
from faceaudit.report.extraction.findings import findings, headline
from faceaudit.report.extraction.measures import extraction_measures
from faceaudit.report.extraction.tables import tables
from faceaudit.report.extraction.threats import extraction_threats
from faceaudit.report.extraction.words import ATTACKS, VICTIMS, WHOSE
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.names import in_words, network_name
from faceaudit.report.section import Audited, CaseLine, Part, Section
from faceaudit.report.tables import Table
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord, Store


@dataclass(frozen=True, eq=False)
class VictimView:
    """Everything that the page shows of one victim."""

    anchor: str
    title: str
    asked: str
    findings: tuple[Finding, ...]
    chart: Markup | None
    tables: tuple[Table, ...]


class ExtractionSection(Section):
    """Copies of systems, made by asking them."""

    navigation = (("extraction", "Extraction"),)

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of copies."""
        del store, run
        victims = arrange(records)
        facts = [one.facts for victim in victims for one in victim.copies]
        return Part(
            headline=headline(victims),
            view=tuple(map(_view, victims)),
            audited=Audited(
                networks=tuple(
                    dict.fromkeys(network_name(one.system.partition(", ")[0]) for one in facts)
                ),
                sources=tuple(dict.fromkeys(str(one.spec["faces"]["source"]) for one in records)),
                people=tuple(dict.fromkeys(one.people for one in facts)),
            ),
        )

    def measures(self, records: Sequence[CaseRecord]) -> Sequence[Measure]:
        """Return the figures that limits and comparisons may speak of."""
        return extraction_measures(records)

    def threats(
        self,
        records: Sequence[CaseRecord],
        judgements: Sequence[Judgement],
        declared: Declared,
    ) -> Sequence[Threat]:
        """Return what the first screen says of copies."""
        return extraction_threats(records, judgements, declared)

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words: what was copied, how, and with how many queries."""
        spec = record.spec
        attack = in_words(spec["attack"]["attack"], ATTACKS)
        if policy_of(record) != "random":
            attack += f" ({policy_of(record)})"
        rounded = "" if spec["decimals"] is None else f", scores of {spec['decimals']} decimals"
        return CaseLine(
            f"{VICTIMS[spec['role']]} copied by {attack}, {spec['budget']:,} queries, "
            f"{WHOSE[spec['asked']]}{rounded}",
            columns={"Seed": str(spec["seed"])},
        )


SECTION = ExtractionSection()


def _view(victim: Copied) -> VictimView:
    return VictimView(
        anchor=victim.anchor,
        title=victim.title,
        asked=victim.asked,
        findings=tuple(findings(victim)),
        chart=agreement_chart(victim, name=f"{victim.anchor}-drawn"),
        tables=tables(victim),
    )
