"""Scans of finished systems as a kind: back doors looked for without any training data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from faceaudit.audit.common.cost import Cost
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import AuditKind, Prepared
from faceaudit.audit.common.obstacles import detector_obstacles, outline_or_error
from faceaudit.audit.common.rows import Row
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.scan.cost import scan_cost
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.rows import scan_rows
from faceaudit.errors import FaceAuditError
from faceaudit.records.scan import KIND
from faceaudit.store import CaseRecord, Store


class ScanKind(AuditKind[ScanPlan]):
    """Finished systems, whoever trained them: whether they have a back door, and whose."""

    name: ClassVar[str] = KIND
    title: ClassVar[str] = "Scan for back doors"
    plan: ClassVar[type[ScanPlan]] = ScanPlan
    report: ClassVar[str] = "faceaudit.report.scan.section"
    measures: ClassVar[Mapping[str, Sequence[str]]] = {
        "suspicious_people": ("system",),
        "suspicious_measures": ("system",),
        "false_alarms": ("system",),
        "power": ("system",),
    }
    narrowing: ClassVar[str] = "more reference networks"

    def prepare(
        self, plan: ScanPlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job for each system; systems are opened now.

        The first seed draws strangers and what is put on them; further seeds would only draw
        others.
        """
        from faceaudit.audit.scan.jobs import prepare_jobs  # noqa: PLC0415 - slow to load

        del store
        return prepare_jobs(plan, seeds[0], work)

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Scan a system."""
        from faceaudit.audit.scan.jobs import run_job  # noqa: PLC0415 - slow to load

        del store
        return run_job(job, work)

    def pictures(self, job: Job, store: Store, work: Workspace) -> Mapping[str, bytes]:
        """Return pictures of what opens the door, made by the scan again."""
        return self.execute(job, store, work).pictures

    def cost(self, plan: ScanPlan, seeds: Sequence[int], *, look: bool) -> Cost:
        """Return what the section would cost, with the questions to each system."""
        del seeds
        return scan_cost(plan, look=look)

    def obstacles(self, plan: ScanPlan, seeds: Sequence[int]) -> Iterator[FaceAuditError]:
        """Yield what would keep the section from ending; systems are not opened."""
        del seeds
        yield from outline_or_error(plan.strangers)[1]
        yield from detector_obstacles(plan.strangers)

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case."""
        return scan_rows(record)
