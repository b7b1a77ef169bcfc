"""The toy kind's section of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from faceaudit.report.elements import Headline
from faceaudit.report.section import CaseLine, Part, Section
from faceaudit.store import CaseRecord, Store
from helpers.photo_counts.kind import PhotoCountsFacts


class PhotoCountsSection(Section):
    """Says how many photos there are."""

    navigation = (("photo-counts", "Photos counted"),)

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return the counts of the cases that did not fail."""
        counts = [PhotoCountsFacts.of(record).photos for record in records if not record.error]
        return Part(Headline(f"{sum(counts)} photos were counted", "Twice is twice."), view=counts)

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words."""
        return CaseLine("Photos", {"Seed": str(record.spec["seed"])})


SECTION = PhotoCountsSection()
