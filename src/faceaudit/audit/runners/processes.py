"""Jobs side by side, in processes of their own on this machine."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from queue import SimpleQueue

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.runners.base import keep_lost
from faceaudit.audit.runners.local import LocalRunner
from faceaudit.audit.runners.worker_process import WorkerProcess
from faceaudit.errors import OptionError, StoreError
from faceaudit.store import CaseRecord, Store

MOST = 8
"""Processes at most where nobody says how many: each holds PyTorch and the photos of its batches
in memory."""
DEATHS = 2
"""Processes that a case may take with it; after as many it has failed."""
LOOKS = 0.5
"""Seconds between two looks at how much memory processes take."""


class ProcessRunner:
    """Runs jobs side by side, each in a process; one that dies takes nothing else with it.

    A case gives the same bits as in `LocalRunner` with as many threads. Components must be known by
    name in a new process: those of faceaudit and of installed packages are.

    Args:
        workers: how many processes; none: as many as there are cores for jobs that say how many
            threads they need, at most eight, and the other jobs one after another in this process,
            or in another one where `threads` is given.
        threads: CPU threads of each; none: cores divided by workers. A training that names a number
            of its own uses that. Figures are the same to the bit for any number of workers where
            this number is the same.
        memory: bytes that all processes may take together; none: no limit. No job is begun that
            would take more than what is left, by what jobs took so far; where they grow beyond it,
            the one that began last is put back, and goes on later from where its training was. One
            job alone may take more.

    Raises:
        OptionError: a number below 1.
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        threads: int | None = None,
        memory: float | None = None,
    ) -> None:
        for name, value in (("workers", workers), ("threads", threads), ("memory", memory)):
            if value is not None and not value >= 1:  # nor no number
                raise OptionError(f"expected {name} from 1 on, got {value:g}; try more, or none")
        self._workers, self._threads, self._memory = workers, threads, memory

    def run(self, jobs: Sequence[Job], store: Store, work: Workspace) -> Iterator[CaseRecord]:
        """Run each job once and yield its record, in the order in which they end.

        One that another run is at comes last, and so does one whose process died.

        Raises:
            StoreError: the store cannot be written.
        """
        cores = len(os.sched_getaffinity(0))
        if self._workers is not None:
            threads = self._threads or max(1, cores // self._workers)
            yield from self._side_by_side(jobs, self._workers, threads, store, work)
            return
        small = [job for job in jobs if job.threads is not None]
        threads = self._threads or max((job.threads or 1 for job in small), default=1)
        workers = min(cores // threads, len(small), MOST)
        if workers < 2:
            small = []
        yield from self._side_by_side(small, workers, threads, store, work)
        done = {job.id for job in small}
        others = [job for job in jobs if job.id not in done]
        if self._threads is None:
            yield from LocalRunner().run(others, store, work)
        else:  # the threads of this process are what they are
            yield from self._side_by_side(others, 1, self._threads, store, work)

    def _side_by_side(
        self, jobs: Sequence[Job], workers: int, threads: int, store: Store, work: Workspace
    ) -> Iterator[CaseRecord]:
        if jobs:
            crew = _Crew(jobs, min(workers, len(jobs)), threads, self._memory, store, work)
            yield from crew.records()


@dataclass(eq=False)
class _Waiting:
    """A job that is not done.

    Attributes:
        job: the job.
        wait: whether to wait for another run that is at it.
        deaths: how many processes died of it.
    """

    job: Job
    wait: bool = False
    deaths: int = 0


class _Crew:
    """Threads that each listen to a process, and what they share: jobs, records and memory."""

    def __init__(
        self,
        jobs: Sequence[Job],
        workers: int,
        threads: int,
        memory: float | None,
        store: Store,
        work: Workspace,
    ) -> None:
        self.store, self.work, self.threads = store, work, threads
        self._waiting = deque(_Waiting(job) for job in jobs)
        self._count = len(jobs)
        self._finished: SimpleQueue[CaseRecord | Exception] = SimpleQueue()
        self._members = [_Member(self) for _ in range(workers)]
        self._budget = memory
        self._changed = threading.Condition()
        self._largest = 0
        self._begun = 0
        self._left = len(jobs)
        self.stopped = threading.Event()

    def records(self) -> Iterator[CaseRecord]:
        """Yield the record of each job; processes end with the last, or when nobody asks on."""
        watching = threading.Thread(target=self._watch_memory, daemon=True)
        try:
            for member in self._members:
                member.start()
            if self._budget is not None:
                watching.start()
            for _ in range(self._count):
                record = self._finished.get()
                if isinstance(record, Exception):
                    raise record
                yield record
        finally:
            self.stopped.set()
            with self._changed:
                self._changed.notify_all()
            for member in self._members:
                member.stop()

    def next(self, member: _Member) -> _Waiting | None:
        """Return a job for a member, once there is one and room for it; None when all are done."""
        with self._changed:
            while not self.stopped.is_set() and self._left:
                if self._waiting and self._has_room(member):
                    self._begun += 1
                    member.at, member.begun = self._waiting.popleft(), self._begun
                    return member.at
                self._changed.wait(LOOKS)
        return None

    def put_back(self, waiting: _Waiting) -> None:
        """Let a job wait again, behind all others."""
        with self._changed:
            self._waiting.append(waiting)
            self._changed.notify_all()

    def finish(self, record: CaseRecord | Exception) -> None:
        """Hand on a record, or why there is none and can be none any more."""
        with self._changed:
            self._left -= 1
            self._changed.notify_all()
        if not self.stopped.is_set():
            self._finished.put(record)

    def _has_room(self, member: _Member) -> bool:
        """Return whether a job more fits the budget; one alone always does."""
        others = [one for one in self._members if one is not member and one.at is not None]
        if self._budget is None or not others:
            return True
        taken = {one: one.memory for one in self._members}
        return sum(taken.values()) + max(0, self._largest - taken[member]) <= self._budget

    def _watch_memory(self) -> None:
        """Learn what a job takes, and put back the one that began last where all take too much."""
        assert self._budget is not None
        while not self.stopped.wait(LOOKS):
            taken = {one: one.memory for one in self._members}
            self._largest = max(self._largest, *taken.values())
            if sum(taken.values()) <= self._budget:
                continue
            idle = [one for one in self._members if one.at is None and taken[one]]
            busy = [one for one in self._members if one.at is not None]
            if idle:
                idle[0].free()
            elif len(busy) > 1:
                max(busy, key=lambda one: one.begun).give_up()


class _Member(threading.Thread):
    """One process after another that runs jobs, and the thread that listens to it."""

    def __init__(self, crew: _Crew) -> None:
        super().__init__(daemon=True)
        self._crew = crew
        self._process: WorkerProcess | None = None
        self._gave_up = False
        self._lock = threading.Lock()
        self.at: _Waiting | None = None
        self.begun = 0

    @property
    def memory(self) -> int:
        """Bytes that its process takes."""
        process = self._process
        return 0 if process is None else process.memory

    def run(self) -> None:
        """Run jobs until none waits; a process that died is replaced by another."""
        crew = self._crew
        try:
            while (waiting := crew.next(self)) is not None:
                with self._lock:
                    if self._process is None:
                        self._process = WorkerProcess(crew.threads, crew.store, crew.work)
                    process = self._process
                if crew.stopped.is_set():
                    break  # meanwhile: nobody else ends what has just begun
                said = process.run(waiting.job, crew.work.progress, wait=waiting.wait)
                self.at = None
                self._conclude(waiting, process, said)
        except Exception as error:  # noqa: BLE001 - raised again where records are waited for
            crew.finish(error)
        finally:
            if self._process is not None:
                self._process.end()

    def stop(self) -> None:
        """End the process, whatever it is at, and this thread with it."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
        if self.is_alive():
            self.join()

    def free(self) -> None:
        """End the process of a member that is at nothing; the next job begins another."""
        with self._lock:
            if self.at is None and self._process is not None:
                self._process.end()
                self._process = None

    def give_up(self) -> None:
        """End the process, and put its job back."""
        with self._lock:
            if self.at is not None and self._process is not None:
                self._gave_up = True
                self._process.kill()

    def _conclude(
        self, waiting: _Waiting, process: WorkerProcess, said: dict[str, object] | None
    ) -> None:
        """Hand on what became of a job, or let it wait again.

        Raises:
            StoreError: the store cannot be written.
        """
        crew = self._crew
        if said is None:
            with self._lock:
                code, self._process = process.end(), None
                gave_up, self._gave_up = self._gave_up, False
            if crew.stopped.is_set():
                return
            if gave_up:
                crew.work.progress.note(f"{waiting.job.title}: put back, for want of memory")
                crew.put_back(waiting)
            elif waiting.deaths + 1 < DEATHS:
                crew.work.progress.note(
                    f"{waiting.job.title}: its process ended with exit status {code}; tried again"
                )
                crew.put_back(replace(waiting, deaths=waiting.deaths + 1))
            else:
                why = (
                    "expected its process to go on, got its end with exit status "
                    f"{code}, twice; try again, or with less at a time"
                )
                crew.finish(keep_lost(waiting.job, why, crew.store, crew.work))
            return
        if "unkept" in said:
            raise StoreError(str(said["unkept"]))
        if said["done"]:
            record = crew.store.case(waiting.job.id, figures_only=True)
            crew.finish(replace(record, kept=bool(said["kept"])))
        else:
            crew.put_back(replace(waiting, wait=True))  # after all others: another run is at it
