"""Jobs side by side, in processes of their own on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.runners.local import LocalRunner
from faceaudit.errors import StoreError
from faceaudit.progress import Advance, Progress
from faceaudit.store import CaseRecord, Store

MOST = 8
"""Processes at most: each holds PyTorch and the photos of its batches in memory."""

Waiting = SimpleQueue[tuple[Job, bool]]
"""Jobs, and whether to wait for another run that is at one."""


class ProcessRunner:
    """Runs jobs that need few CPU threads side by side, and then the others one after another.

    A case gives the same bits as in `LocalRunner`. Components must be known by name in a new
    process: those of faceaudit and of installed packages are.

    Args:
        cores: how many CPU threads to use in all; those that this process may use unless given.
    """

    def __init__(self, cores: int | None = None) -> None:
        self._cores = cores or len(os.sched_getaffinity(0))

    def run(self, jobs: Sequence[Job], store: Store, work: Workspace) -> Iterator[CaseRecord]:
        """Run each job once and yield its record, in the order in which they end.

        One that another run is at comes last.

        Raises:
            StoreError: the store cannot be written.
        """
        small = [job for job in jobs if job.threads is not None]
        threads = max((job.threads or 1 for job in small), default=1)
        at_a_time = min(self._cores // threads, len(small), MOST)
        if at_a_time < 2 or not store.local:
            small = []
        else:
            yield from _run_side_by_side(small, at_a_time, threads, store, work)
        done = {job.id for job in small}
        yield from LocalRunner().run([job for job in jobs if job.id not in done], store, work)


def _run_side_by_side(
    jobs: Sequence[Job], at_a_time: int, threads: int, store: Store, work: Workspace
) -> Iterator[CaseRecord]:
    waiting: Waiting = SimpleQueue()
    for job in jobs:
        waiting.put((job, False))
    finished: SimpleQueue[CaseRecord | Exception] = SimpleQueue()
    workers = [_Worker(waiting, finished, threads, store, work) for _ in range(at_a_time)]
    try:
        for worker in workers:
            worker.start()
        for _ in jobs:
            record = finished.get()
            if isinstance(record, Exception):
                raise record
            yield record
    finally:
        for worker in workers:
            worker.stop()


class _Worker(Thread):
    """One process after another that runs waiting jobs, and the thread that listens to it."""

    def __init__(
        self,
        waiting: Waiting,
        finished: SimpleQueue[CaseRecord | Exception],
        threads: int,
        store: Store,
        work: Workspace,
    ) -> None:
        super().__init__(daemon=True)
        self._waiting, self._finished = waiting, finished
        self._store, self._work = store, work
        self._environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def run(self) -> None:
        """Hand out jobs until none waits; a process that died is replaced by another."""
        try:
            while not self._stopped:
                job, wait = self._waiting.get_nowait()
                if self._process is None:
                    self._process = self._begin_process()
                if self._stopped:
                    break  # meanwhile: nobody else ends what has just begun
                record = self._run_job(self._process, job, wait=wait)
                if record is None:
                    self._waiting.put((job, True))  # after all others: another run is at it
                elif not self._stopped:
                    self._finished.put(record)
        except Empty:
            pass
        except Exception as error:  # noqa: BLE001 - raised again where records are waited for
            self._finished.put(error)
        finally:
            if self._process is not None:
                _end(self._process)

    def stop(self) -> None:
        """End the process, whatever it is at, and this thread with it."""
        self._stopped = True
        if self._process is not None:
            self._process.kill()
        if self.is_alive():
            self.join()

    def _begin_process(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "faceaudit.audit.runners.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env=self._environment,
        )
        where = {"store": self._store.url, "root": str(self._work.root)}
        _write(process, {**where, "faces": self._work.discretion.faces})
        return process

    def _run_job(
        self, process: subprocess.Popen[str], job: Job, *, wait: bool
    ) -> CaseRecord | None:
        """Return the record of a job that a process was given, or one that says how it ended.

        None where another run is at it, and it is not waited for.

        Raises:
            StoreError: the store cannot be written.
        """
        _write(process, {"job": job.as_json(), "wait": wait})
        said = _listen(process, self._work.progress)
        if said is None:
            return self._fail(job, process)
        if "unkept" in said:
            raise StoreError(said["unkept"])
        if not said["done"]:
            return None
        return replace(self._store.case(job.id), kept=said["kept"])

    def _fail(self, job: Job, process: subprocess.Popen[str]) -> CaseRecord:
        """Return what says that a job ended with its process, kept unless another run did it."""
        code = _end(process)
        self._process = None
        why = f"expected its process to go on, got its end with exit status {code}"
        failed = CaseRecord(job.id, job.spec, error=f"{why}; try again, or with less at a time")
        record = self._work.discretion.record(failed)
        if not self._stopped:
            with self._store.alone("cases", job.id, wait=False) as mine:
                if mine and not self._store.has_case(job.id):
                    self._store.write_case(record)
        return record


def _end(process: subprocess.Popen[str]) -> int:
    """End a process that nobody listens to any more; return its exit status."""
    process.kill()
    with process, suppress(BrokenPipeError):
        pass  # its pipes are closed, and it is waited for
    return process.returncode


def _write(process: subprocess.Popen[str], message: Any) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # its end is found where it is listened to
        process.stdin.write(f"{json.dumps(message)}\n")


def _listen(process: subprocess.Popen[str], progress: Progress) -> dict[str, Any] | None:
    """Show what a process is at until it is through with its job; return what it says then.

    None when it ended before.
    """
    assert process.stdout is not None
    shown: dict[int, tuple[ExitStack, Advance]] = {}
    with ExitStack() as everything:
        for line in process.stdout:
            message: dict[str, Any] = json.loads(line)
            if "done" in message or "unkept" in message:
                return message
            if "note" in message:
                progress.note(message["note"])
            elif "title" in message:
                stack = everything.enter_context(ExitStack())
                advance = stack.enter_context(progress.task(message["title"], message["total"]))
                shown[message["task"]] = stack, advance
            elif "steps" in message:
                shown[message["task"]][1](message["steps"])
            else:
                shown.pop(message["task"])[0].close()
    return None
