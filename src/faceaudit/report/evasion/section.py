"""The report's section on evasion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceaudit.audit.declared import Declared
from faceaudit.report.elements import Finding, Headline
from faceaudit.report.evasion.findings import evasion_findings
from faceaudit.report.evasion.measures import evasion_measures
from faceaudit.report.evasion.runs import (
    EVADED_TABLE,
    GOALS,
    Run,
    at,
    evasion_runs,
    named_after,
    stands_out,
    strongest,
    title_of_spec,
)
from faceaudit.report.evasion.tables import evasion_tables
from faceaudit.report.evasion.threats import evasion_threats
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.names import network_name
from faceaudit.report.numbers import counted, percent_in_text, percent_with_interval
from faceaudit.report.section import Audited, CaseLine, Part, Section
from faceaudit.report.tables import Table
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord, Store


@dataclass(frozen=True, eq=False)
class EvasionView:
    """Everything that the page shows of evasion."""

    networks: str
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    failed: tuple[tuple[str, str], ...]


class EvasionSection(Section):
    """Photos changed so that they pass as somebody else, or as nobody."""

    navigation = (("evasion", "Evasion"),)

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of evasion."""
        del store, run
        runs = evasion_runs(records)
        networks = tuple(
            dict.fromkeys(
                network_name(title) for one in records for title in one.spec["titles"]["networks"]
            )
        )
        sources = tuple(dict.fromkeys(str(one.spec["faces"]["source"]) for one in records))
        return Part(
            headline=headline(runs),
            view=EvasionView(
                networks=", ".join(networks),
                findings=evasion_findings(runs),
                tables=evasion_tables(runs),
                failed=tuple(
                    (self.line(one).title, one.error) for one in records if one.error is not None
                ),
            ),
            audited=Audited(
                networks=networks,
                sources=sources,
                people=tuple(dict.fromkeys(one.facts.photos for one in runs)),
            ),
        )

    def measures(self, records: Sequence[CaseRecord]) -> Sequence[Measure]:
        """Return the figures that limits and comparisons may speak of."""
        return evasion_measures(records)

    def threats(
        self,
        records: Sequence[CaseRecord],
        judgements: Sequence[Judgement],
        declared: Declared,
    ) -> Sequence[Threat]:
        """Return what the first screen says of photos that evade."""
        return evasion_threats(records, judgements, declared)

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words."""
        spec = record.spec
        return CaseLine(f"Evasion by {title_of_spec(spec)}", columns={"Seed": str(spec["seed"])})


SECTION = EvasionSection()


def headline(runs: Sequence[Run]) -> Headline:
    """Choose the first words of the section, by the attack that impersonates most often."""
    best = strongest([one for one in runs if one.goal == "impersonate"]) or strongest(runs)
    share = None if best is None else best.best()
    if best is None or share is None:
        return Headline(
            "No share of photos that evade was measured", "See the table.", "", EVADED_TABLE
        )
    fmr, on = best.lowest(), best.facts.systems[0]
    assert fmr is not None
    noise = best.noise(fmr, on)
    beside = f"; with random noise {percent_in_text(noise.value)}" if noise is not None else ""
    detail = (
        f"{named_after(best, runs)}: {percent_with_interval(share)} of "
        f"{counted(share.n, 'photo')} {GOALS[best.goal]} at {at(fmr)} before "
        f"{network_name(on)}{beside}."
    )
    title = "No attack was shown to do more than random noise"
    if stands_out(best):
        title = f"Of changed photos {percent_in_text(share.value)} {GOALS[best.goal]}"
    return Headline(title, detail, "", EVADED_TABLE)
