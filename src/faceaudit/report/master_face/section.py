"""The report's section on master faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceaudit.audit.declared import Declared
from faceaudit.records.master_face import expected_cover
from faceaudit.report.elements import Finding, Headline
from faceaudit.report.judging import Judgement
from faceaudit.report.master_face.findings import master_face_findings
from faceaudit.report.master_face.measures import master_face_measures
from faceaudit.report.master_face.runs import (
    COVERED_TABLE,
    Run,
    at,
    master_face_runs,
    named_after,
    stands_out,
    strongest,
    title_of_spec,
)
from faceaudit.report.master_face.tables import master_face_tables
from faceaudit.report.master_face.threats import master_face_threats
from faceaudit.report.measures import Measure
from faceaudit.report.names import network_name
from faceaudit.report.numbers import counted, percent_in_text, percent_with_interval
from faceaudit.report.section import Audited, CaseLine, Part, Section
from faceaudit.report.tables import Table
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord, Store


@dataclass(frozen=True, eq=False)
class MasterFaceView:
    """Everything that the page shows of master faces."""

    networks: str
    synthetic: bool
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    failed: tuple[tuple[str, str], ...]


class MasterFaceSection(Section):
    """How many enrolled people a few faces pass as."""

    navigation = (("master_face", "Master faces"),)

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of master faces."""
        del store, run
        runs = master_face_runs(records)
        networks = tuple(
            dict.fromkeys(
                network_name(title) for one in records for title in one.spec["titles"]["networks"]
            )
        )
        sources = tuple(dict.fromkeys(str(one.spec["faces"]["source"]) for one in records))
        return Part(
            headline=headline(runs),
            view=MasterFaceView(
                networks=", ".join(networks),
                synthetic="synthetic" in sources,
                findings=master_face_findings(runs),
                tables=master_face_tables(runs),
                failed=tuple(
                    (self.line(one).title, one.error) for one in records if one.error is not None
                ),
            ),
            audited=Audited(
                networks=networks,
                sources=sources,
                people=tuple(dict.fromkeys(one.facts.attacked for one in runs)),
            ),
        )

    def measures(self, records: Sequence[CaseRecord]) -> Sequence[Measure]:
        """Return the figures that limits and comparisons may speak of."""
        return master_face_measures(records)

    def threats(
        self,
        records: Sequence[CaseRecord],
        judgements: Sequence[Judgement],
        declared: Declared,
    ) -> Sequence[Threat]:
        """Return what the first screen says of faces that pass as many."""
        return master_face_threats(records, judgements, declared)

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words."""
        spec = record.spec
        return CaseLine(
            f"Master faces by {title_of_spec(spec)}", columns={"Seed": str(spec["seed"])}
        )


SECTION = MasterFaceSection()


def headline(runs: Sequence[Run]) -> Headline:
    """Choose the first words of the section, by the search whose faces pass as the most."""
    best = strongest(runs)
    share = None if best is None else best.best()
    if best is None or share is None:
        return Headline(
            "No share of people passed as was measured", "See the table.", "", COVERED_TABLE
        )
    fmr, faces = best.lowest(), best.counts[-1]
    assert fmr is not None
    said = counted(faces, "face")
    detail = (
        f"{named_after(best, runs)}: {said} {'pass' if faces > 1 else 'passes'} as "
        f"{percent_with_interval(share)} of {counted(share.n, 'person', 'people')} at {at(fmr)}; "
        f"{percent_in_text(expected_cover(fmr, faces))} are expected of faces that are like any."
    )
    title = "No search was shown to find faces that pass as more than random photos"
    if stands_out(best):
        verb = "pass" if faces > 1 else "passes"
        title = f"{said[:1].upper()}{said[1:]} {verb} as {percent_in_text(share.value)} of people"
    return Headline(title, detail, "", COVERED_TABLE)
