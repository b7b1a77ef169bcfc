"""The report's section on enrolment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceaudit.audit.declared import Declared
from faceaudit.report.elements import Finding, Headline
from faceaudit.report.enrolment.findings import enrolment_findings
from faceaudit.report.enrolment.measures import enrolment_measures
from faceaudit.report.enrolment.runs import (
    STRANGERS_TABLE,
    Run,
    enrolment_runs,
    named_after,
    rate,
    strongest,
)
from faceaudit.report.enrolment.tables import enrolment_tables
from faceaudit.report.enrolment.threats import enrolment_threats
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.names import network_name
from faceaudit.report.numbers import counted, percent_in_text, percent_with_interval
from faceaudit.report.section import Audited, CaseLine, Part, Section
from faceaudit.report.tables import Table
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord, Store


@dataclass(frozen=True, eq=False)
class EnrolmentView:
    """Everything that the page shows of enrolment."""

    networks: str
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    failed: tuple[tuple[str, str], ...]


class EnrolmentSection(Section):
    """Who passes by a photo in the gallery, and what helps."""

    navigation = (("enrolment", "Enrolment"),)

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of enrolment."""
        del store, run
        runs = enrolment_runs(records)
        networks = tuple(
            dict.fromkeys(
                network_name(title) for one in records for title in one.spec["titles"]["networks"]
            )
        )
        return Part(
            headline=headline(runs),
            view=EnrolmentView(
                networks=", ".join(networks),
                findings=enrolment_findings(runs),
                tables=enrolment_tables(runs),
                failed=tuple(
                    (self.line(one).title, one.error) for one in records if one.error is not None
                ),
            ),
            audited=Audited(
                networks=networks,
                sources=tuple(dict.fromkeys(str(one.spec["faces"]["source"]) for one in records)),
                people=tuple(dict.fromkeys(one.facts.targets for one in runs)),
            ),
        )

    def measures(self, records: Sequence[CaseRecord]) -> Sequence[Measure]:
        """Return the figures that limits and comparisons may speak of."""
        return enrolment_measures(records)

    def threats(
        self,
        records: Sequence[CaseRecord],
        judgements: Sequence[Judgement],
        declared: Declared,
    ) -> Sequence[Threat]:
        """Return what the first screen says of photos in the gallery."""
        return enrolment_threats(records, judgements, declared)

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words: the attack."""
        spec = record.spec
        return CaseLine(
            f"Enrolment by {spec['titles']['attack']}", columns={"Seed": str(spec["seed"])}
        )


SECTION = EnrolmentSection()


def headline(runs: Sequence[Run]) -> Headline:
    """Choose the first words of the section, by the key with which the most strangers pass."""
    best = strongest(runs)
    passed = None if best is None else best[0].passed(best[1])
    if best is None or passed is None:
        return Headline(
            "No share of strangers who pass was measured", "See the tables.", "", STRANGERS_TABLE
        )
    run, network = best
    fmr = run.lowest()
    assert fmr is not None
    title = "No key on an enrolled photo was shown to let strangers in"
    real = run.real_fmr(network)
    if passed.low > max(fmr, 0.0 if real is None else real.high):
        title = f"A key on one enrolled photo lets strangers in, in {percent_in_text(passed.value)}"
    detail = (
        f"{named_after(run, runs)} on {network.title}: {percent_with_interval(passed)} of "
        f"{counted(passed.n, 'try', 'tries')} at {rate(fmr)}."
    )
    return Headline(title, detail, "", STRANGERS_TABLE)
