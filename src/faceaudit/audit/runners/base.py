"""The protocol of a runner, and the running of a single job, which all of them share."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from typing import Protocol

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.kinds import kind_of
from faceaudit.errors import FaceAuditError
from faceaudit.store import CaseRecord, Store


class Runner(Protocol):
    """Something that runs jobs, here or elsewhere."""

    def run(self, jobs: Sequence[Job], store: Store, work: Workspace) -> Iterator[CaseRecord]:
        """Run each job once and yield its record, which the store then holds.

        A job that fails is a record of its own; nothing is raised for it.
        """


def run_job(job: Job, store: Store, work: Workspace) -> CaseRecord:
    """Run a job, keep its record in the store, and return it, without names of real people.

    What went wrong is a record of its own, with its traceback, and never a score.
    """
    try:
        record = work.discretion.record(kind_of(job.kind).execute(job, store, work))
        store.write_case(record)
    except Exception as error:  # noqa: BLE001 - a bug in one case must not lose the others
        expected = isinstance(error, FaceAuditError)
        message = str(error) if expected else f"{type(error).__name__}: {error}"
        trace = "".join(traceback.format_exception(error))
        failed = CaseRecord(job.id, job.spec, error=message, traceback=trace)
        record = work.discretion.record(failed)
        store.write_case(record)
    return record
