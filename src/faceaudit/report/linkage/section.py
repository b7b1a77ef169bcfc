"""The report's section on linkage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceaudit.audit.declared import Declared
from faceaudit.records.linkage import LINKED_FMR, at_rate
from faceaudit.report.elements import Finding, Headline
from faceaudit.report.judging import Judgement
from faceaudit.report.linkage.findings import linkage_findings
from faceaudit.report.linkage.measures import linkage_measures
from faceaudit.report.linkage.runs import (
    LINKED_TABLE,
    Run,
    at,
    attack_of,
    databases_of,
    linkage_runs,
    named_after,
    stands_out,
    strongest,
)
from faceaudit.report.linkage.tables import linkage_tables
from faceaudit.report.linkage.threats import linkage_threats
from faceaudit.report.measures import Measure
from faceaudit.report.names import network_name
from faceaudit.report.numbers import counted, percent, percent_in_text, percent_with_interval
from faceaudit.report.section import Audited, CaseLine, Part, Section
from faceaudit.report.tables import Table
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord, Store


@dataclass(frozen=True, eq=False)
class LinkageView:
    """Everything that the page shows of linkage."""

    networks: str
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    failed: tuple[tuple[str, str], ...]


class LinkageSection(Section):
    """Who is in two databases of templates, and who gets a name from public photos."""

    navigation = (("linkage", "Linkage"),)

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of linkage."""
        del store, run
        runs = linkage_runs(records)
        networks = [
            network_name(title) for one in records for title in one.spec["titles"]["networks"]
        ]
        return Part(
            headline=headline(runs),
            view=LinkageView(
                networks=", ".join(dict.fromkeys(networks)),
                findings=linkage_findings(runs),
                tables=linkage_tables(runs),
                failed=tuple(
                    (self.line(one).title, one.error) for one in records if one.error is not None
                ),
            ),
            audited=Audited(
                networks=tuple(dict.fromkeys(networks)),
                sources=tuple(dict.fromkeys(str(one.spec["faces"]["source"]) for one in records)),
                people=tuple(dict.fromkeys(one.facts.attacked for one in runs)),
            ),
        )

    def measures(self, records: Sequence[CaseRecord]) -> Sequence[Measure]:
        """Return the figures that limits and comparisons may speak of."""
        return linkage_measures(records)

    def threats(
        self,
        records: Sequence[CaseRecord],
        judgements: Sequence[Judgement],
        declared: Declared,
    ) -> Sequence[Threat]:
        """Return what the first screen says of people who are found again."""
        return linkage_threats(records, judgements, declared)

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words: the attack and both databases."""
        spec = record.spec
        return CaseLine(
            f"Linkage by {attack_of(spec)}: {databases_of(spec)}",
            columns={"Seed": str(spec["seed"])},
        )


SECTION = LinkageSection()


def headline(runs: Sequence[Run]) -> Headline:
    """Choose the first words of the section, by the attack that linked the most people."""
    best = strongest(runs)
    rate = None if best is None else best.linked()
    if best is None or rate is None:
        return Headline(
            "No share of people linked was measured", "See the table.", "", LINKED_TABLE
        )
    fmr = best.lowest()
    assert fmr is not None
    real = best.get(at_rate(LINKED_FMR, fmr))
    beside = f"; of two people {percent(real.value)}" if real is not None else ""
    detail = (
        f"{named_after(best, runs)}: {percent_with_interval(rate)} of "
        f"{counted(rate.n, 'person', 'people')} are linked at {at(fmr)}{beside}."
    )
    title = "No attack was shown to link people across databases"
    if stands_out(best):
        title = f"Of people in two databases {percent_in_text(rate.value)} are linked"
    return Headline(title, detail, "", LINKED_TABLE)
