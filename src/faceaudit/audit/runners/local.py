"""Jobs one after another in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.runners.base import run_job
from faceaudit.store import CaseRecord, Store


class LocalRunner:
    """Runs jobs one after another in this process."""

    def run(self, jobs: Sequence[Job], store: Store, work: Workspace) -> Iterator[CaseRecord]:
        """Run each job once and yield its record."""
        for job in jobs:
            yield run_job(job, store, work)
