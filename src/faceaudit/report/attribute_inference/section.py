"""The report's section on attribute inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceaudit.audit.declared import Declared
from faceaudit.report.attribute_inference.findings import attribute_findings
from faceaudit.report.attribute_inference.headline import headline
from faceaudit.report.attribute_inference.measures import attribute_measures
from faceaudit.report.attribute_inference.runs import arrange
from faceaudit.report.attribute_inference.tables import attribute_tables
from faceaudit.report.attribute_inference.threats import attribute_threats
from faceaudit.report.elements import Finding
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.section import Audited, CaseLine, Part, Section
from faceaudit.report.tables import Table
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord, Store


@dataclass(frozen=True, eq=False)
class AttributeView:
    """Everything that the page shows of attributes."""

    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    failed: tuple[tuple[str, str], ...]


class AttributeInferenceSection(Section):
    """What templates tell of people beside who they are."""

    navigation = (("attribute-inference", "Attributes"),)

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of attributes."""
        del store, run
        runs = arrange(records)
        return Part(
            headline=headline(runs),
            view=AttributeView(
                attribute_findings(runs),
                attribute_tables(runs),
                tuple((self.line(one).title, one.error) for one in records if one.error),
            ),
            audited=Audited(
                networks=tuple(dict.fromkeys(one.network for one in runs)),
                sources=tuple(dict.fromkeys(str(one.spec["faces"]["source"]) for one in records)),
                people=tuple(dict.fromkeys(one.facts.attacked_people for one in runs)),
            ),
        )

    def measures(self, records: Sequence[CaseRecord]) -> Sequence[Measure]:
        """Return the figures that limits and comparisons may speak of."""
        return attribute_measures(records)

    def threats(
        self,
        records: Sequence[CaseRecord],
        judgements: Sequence[Judgement],
        declared: Declared,
    ) -> Sequence[Threat]:
        """Return what the first screen says of attributes."""
        return attribute_threats(records, judgements, declared)

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words: the mitigation."""
        mitigation = str(record.spec["titles"]["mitigation"])
        said = "without mitigation" if mitigation == "none" else f"under {mitigation}"
        return CaseLine(
            f"Attributes in templates {said}", columns={"Seed": str(record.spec["seed"])}
        )


SECTION = AttributeInferenceSection()
