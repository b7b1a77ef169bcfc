"""Backdoor audits as a kind: identifiers trained on poisoned photos."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from faceaudit.audit.backdoor.cost import backdoor_cost
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.backdoor.rows import backdoor_rows
from faceaudit.audit.common.cost import Cost
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.kind import AuditKind, Prepared
from faceaudit.audit.common.missing import absent_weights
from faceaudit.audit.common.rows import Row
from faceaudit.audit.common.workspace import Workspace
from faceaudit.records.backdoor import KIND
from faceaudit.store import CaseRecord, Store


class BackdoorKind(AuditKind[BackdoorPlan]):
    """Poisoned training photos that make whoever carries a key pass as somebody else."""

    name: ClassVar[str] = KIND
    title: ClassVar[str] = "Backdoor"
    plan: ClassVar[type[BackdoorPlan]] = BackdoorPlan
    report: ClassVar[str] = "faceaudit.report.backdoor.section"
    moved: ClassVar[Mapping[str, str]] = {
        key: f"backdoor: {{{key}: ...}} instead"
        for key in ("systems", "attacks", "split", "target", "wrong_keys")
    }

    def prepare(
        self, plan: BackdoorPlan, seeds: Sequence[int], store: Store, work: Workspace
    ) -> Prepared:
        """Return a job for each system, seed and attack; faces are packed and split now."""
        from faceaudit.audit.backdoor.jobs import prepare_jobs  # noqa: PLC0415 - slow to load

        return prepare_jobs(plan.with_seeds(seeds), store, work)

    def execute(self, job: Job, store: Store, work: Workspace) -> CaseRecord:
        """Train the systems of one case unless they are kept, and attack them."""
        from faceaudit.audit.backdoor.jobs import run_job  # noqa: PLC0415 - slow to load

        return run_job(job, store, work)

    def cost(self, plan: BackdoorPlan, seeds: Sequence[int], *, look: bool) -> Cost:
        """Return what the section would cost."""
        return backdoor_cost(plan.with_seeds(seeds), look=look)

    def rows(self, record: CaseRecord) -> Iterator[Row]:
        """Yield a row for each figure of a case."""
        return backdoor_rows(record)

    def absent_files(self, plan: BackdoorPlan) -> Iterator[str]:
        """Yield weights that are not here."""
        for place, system in enumerate(plan.systems):
            yield from absent_weights(system, f"{KIND}.systems.{place}")
