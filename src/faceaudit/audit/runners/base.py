"""The protocol of a runner, and the running of a single job, which all of them share."""

from __future__ import annotations

import errno
import os
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.kinds import kind_of
from faceaudit.audit.runners.logs import log_end, logged
from faceaudit.errors import FaceAuditError, StoreError
from faceaudit.progress import case_of
from faceaudit.store import CaseRecord, Store

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""Numbers of errors that all cases after one would meet as well: there is no room to write."""


class Runner(Protocol):
    """Something that runs jobs, here or elsewhere."""

    def run(self, jobs: Sequence[Job], store: Store, work: Workspace) -> Iterator[CaseRecord]:
        """Run each job once and yield its record, which the store then holds.

        A job that fails is a record of its own; nothing is raised for it. One that another run is
        at comes last: the record is then that run's.

        Raises:
            StoreError: the store cannot be written.
        """


def run_job(job: Job, store: Store, work: Workspace, *, wait: bool = True) -> CaseRecord | None:
    """Run a job, keep its record in the store, and return it, without names of real people.

    What went wrong is a record of its own, with its traceback, and never a score; but a full disk,
    of which nothing could be kept, is raised.

    Args:
        job: one that another run did meanwhile is not run again; its record is marked as kept.
        store: where its record is kept.
        work: local folders, and who is told of progress.
        wait: for a run that is at the same case; else None comes back.

    Raises:
        StoreError: the store cannot be written, or a disk is full.
    """
    with store.alone("cases", job.id, wait=wait) as mine:
        if not mine:
            return None
        if not job.again and store.has_case(job.id):
            return replace(store.case(job.id, figures_only=True), kept=True)
        with case_of(work.progress, job.title) as shown:
            with logged(job, replace(work, progress=shown)) as logging:
                with work.at_hand.shown_by(logging.progress) as progress:
                    record = _run(job, store, replace(work, progress=progress))
                log_end(record, logging)
            return record


def wait_for(job: Job, store: Store, work: Workspace) -> CaseRecord:
    """Return the record of a job that another run is at: that run's, or, should it fail, ours."""
    record = run_job(job, store, work, wait=False)
    if record is None:
        work.progress.note(f"another run is at {job.title}: waiting for it")
        record = run_job(job, store, work)
    assert record is not None
    return record


def keep_lost(job: Job, why: str, store: Store, work: Workspace) -> CaseRecord:
    """Return what says that a job ended with whatever ran it; it is kept unless the case is done.

    Nobody waits for the lease of what is dead, which on another machine stands for a minute.

    Raises:
        StoreError: the store cannot be written.
    """
    record = work.discretion.record(CaseRecord(job.id, job.spec, error=why))
    if not store.has_case(job.id):
        store.write_case(record)
    return record


def _run(job: Job, store: Store, work: Workspace) -> CaseRecord:
    try:
        record = work.discretion.record(kind_of(job.kind).execute(job, store, work))
        store.write_case(record)
    except Exception as error:  # a bug in one case must not lose the others
        full = _find_full_disk(error)
        if full is not None:
            raise StoreError(
                f"expected room to write, got {os.strerror(full)}; make room and give the same "
                "command again: what is done is kept"
            ) from error
        expected = isinstance(error, FaceAuditError)
        message = str(error) if expected else f"{type(error).__name__}: {error}"
        trace = "".join(traceback.format_exception(error))
        failed = CaseRecord(job.id, job.spec, error=message, traceback=trace)
        record = work.discretion.record(failed)
        store.write_case(record)
    return record


def _find_full_disk(error: BaseException | None) -> int | None:
    """Return the number of a full disk's error behind another one; None where there is none."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return error.errno
        error = error.__cause__ or error.__context__
    return None
