"""Jobs one after another in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.runners.base import run_job, wait_for
from faceaudit.store import CaseRecord, Store


class LocalRunner:
    """Runs jobs one after another in this process."""

    def run(self, jobs: Sequence[Job], store: Store, work: Workspace) -> Iterator[CaseRecord]:
        """Run each job once and yield its record; one that another run is at comes last."""
        others = []
        for job in jobs:
            record = run_job(job, store, work, wait=False)
            if record is None:
                others.append(job)
            else:
                yield record
        for job in others:
            yield wait_for(job, store, work)
