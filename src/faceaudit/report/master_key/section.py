"""The report's section on master keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceaudit.audit.declared import Declared
from faceaudit.records.master_key import OWN
from faceaudit.report.elements import Finding, Headline
from faceaudit.report.judging import Judgement
from faceaudit.report.master_key.findings import master_key_findings
from faceaudit.report.master_key.measures import master_key_measures
from faceaudit.report.master_key.runs import (
    PASSED_TABLE,
    Run,
    in_words,
    master_key_runs,
    named_after,
    stands_out,
    strongest,
    title_of_spec,
)
from faceaudit.report.master_key.tables import master_key_tables
from faceaudit.report.master_key.threats import master_key_threats
from faceaudit.report.measures import Measure
from faceaudit.report.names import network_name
from faceaudit.report.numbers import counted, percent_in_text, percent_with_interval
from faceaudit.report.section import Audited, CaseLine, Part, Section
from faceaudit.report.tables import Table
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord, Store


@dataclass(frozen=True, eq=False)
class MasterKeyView:
    """Everything that the page shows of master keys."""

    networks: str
    worn: bool
    before: bool
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    failed: tuple[tuple[str, str], ...]


class MasterKeySection(Section):
    """Whether whoever holds a key passes as anybody, before verifiers that learned from poison."""

    navigation = (("master_key", "Master keys"),)

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of master keys."""
        del store, run
        runs = master_key_runs(records)
        networks = tuple(
            dict.fromkeys(
                network_name(title) for one in records for title in one.spec["titles"]["networks"]
            )
        )
        return Part(
            headline=headline(runs),
            view=MasterKeyView(
                networks=", ".join(networks),
                worn=any("key" in one.spec["attack"] for one in runs),
                before=any(one.facts.before for one in runs),
                findings=master_key_findings(runs),
                tables=master_key_tables(runs),
                failed=tuple(
                    (self.line(one).title, one.error) for one in records if one.error is not None
                ),
            ),
            audited=Audited(
                networks=networks,
                sources=tuple(dict.fromkeys(str(one.spec["faces"]["source"]) for one in records)),
                people=tuple(dict.fromkeys(one.facts.enrolled for one in runs)),
            ),
        )

    def measures(self, records: Sequence[CaseRecord]) -> Sequence[Measure]:
        """Return the figures that limits and comparisons may speak of."""
        return master_key_measures(records)

    def threats(
        self,
        records: Sequence[CaseRecord],
        judgements: Sequence[Judgement],
        declared: Declared,
    ) -> Sequence[Threat]:
        """Return what the first screen says of keys that pass as anybody."""
        return master_key_threats(records, judgements, declared)

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words."""
        spec = record.spec
        return CaseLine(f"Master key: {title_of_spec(spec)}", columns={"Seed": str(spec["seed"])})


SECTION = MasterKeySection()


def headline(runs: Sequence[Run]) -> Headline:
    """Choose the first words of the section, by the key that passes most often.

    Keys that were shown to pass more often than without poison go before others.
    """
    best = strongest([one for one in runs if stands_out(one)]) or strongest(runs)
    share = None if best is None else best.passed()
    if best is None or share is None:
        return Headline(
            "No share of tries with a master key was measured", "See the table.", "", PASSED_TABLE
        )
    detail = (
        f"{named_after(best, runs)}: {percent_with_interval(share)} at {in_words(OWN)}, "
        f"a mean over {counted(best.facts.trainings, 'training')}."
    )
    title = "No master key was shown to pass more often than without poison"
    if stands_out(best):
        title = (
            f"Whoever holds the key passes as anybody in {percent_in_text(share.value)} of tries"
        )
    return Headline(title, detail, "", PASSED_TABLE)
