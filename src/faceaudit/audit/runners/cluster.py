"""Jobs on the machines of a Ray cluster."""

from __future__ import annotations

import math
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.runners import on_node
from faceaudit.audit.runners.base import keep_lost
from faceaudit.audit.runners.told import ToldProgress
from faceaudit.deferred import deferred
from faceaudit.errors import OptionError, StoreError
from faceaudit.store import CaseRecord, Store

ray: Any = deferred("ray")

AHEAD = 4
"""Tasks that wait in Ray for each CPU of the cluster: enough that none idles."""
LISTENS = 0.5
"""Seconds between two questions what tasks are at."""
INSTALL = "pip install 'faceaudit[cluster]'"


class RayRunner:
    """Runs each job as a task of Ray, on any machine of a cluster that reaches the store.

    A task whose process or machine is lost is given to another, which goes on from the store: what
    was kept there is not computed again. Every machine needs the same faceaudit, and what a plan
    reads from paths: photos, weights. People who do not exist are made, and trained systems are
    read from the store. Packed photos and unfinished trainings lie in `$FACEAUDIT_CACHE` of each
    machine, or in a folder for temporary files, which is removed in the end.

    Args:
        address: of a cluster, as `ray start` says it; "auto": one that runs on this machine;
            "local": one of this machine alone, which is begun now and ends with the run. A cluster
            that the caller is connected to (`ray.init`) is used as it is.
        threads: CPUs of a task, and CPU threads that it uses; a training that names a number of its
            own uses that. Figures are the same to the bit wherever this number and the kind of CPU
            are.
        gpus: of a task; a part of one lets several share it.
        memory: bytes that Ray sets aside for a task; none: it does not count memory.
        retries: how often a task is given to another machine, or process, when its own is lost.

    Raises:
        OptionError: a number is too small, or Ray is not installed.
    """

    def __init__(
        self,
        address: str = "auto",
        *,
        threads: int = 1,
        gpus: float = 0.0,
        memory: float | None = None,
        retries: int = 3,
    ) -> None:
        room = memory is None or 1 <= memory < math.inf
        if threads < 1 or not 0 <= gpus < math.inf or retries < 0 or not room:
            raise OptionError(
                "expected at least 1 thread and 1 byte, and no number below 0, got "
                f"threads={threads}, gpus={gpus:g}, memory={memory}, retries={retries}"
            )
        if find_spec("ray") is None:  # before photos are read, which may take hours
            raise OptionError(f"expected Ray for a cluster, got none; try {INSTALL}")
        self._address, self._retries = address, retries
        self._threads, self._gpus, self._memory = threads, gpus, memory

    def run(self, jobs: Sequence[Job], store: Store, work: Workspace) -> Iterator[CaseRecord]:
        """Run each job once and yield its record, in the order in which they end.

        Raises:
            OptionError: Ray is not installed, or no cluster answers.
            StoreError: the store cannot be written.
        """
        if not jobs:
            return
        ours = self._connect()
        try:
            yield from _Tasks(self._options(), store, work).records(jobs)
        finally:
            if ours:
                ray.shutdown()

    def _connect(self) -> bool:
        """Connect to the cluster; return whether nobody was before."""
        try:
            if ray.is_initialized():
                return False
        except ModuleNotFoundError:
            raise OptionError(f"expected Ray for a cluster, got none; try {INSTALL}") from None
        before = signal.getsignal(signal.SIGTERM)
        try:
            ray.init(address=self._address, log_to_driver=False, logging_level="warning")
        except (ConnectionError, ValueError, RuntimeError, ray.exceptions.RayError) as error:
            raise OptionError(
                f"expected a Ray cluster at {self._address!r}, got {' '.join(str(error).split())}; "
                "try `ray start --head` on one machine and `ray start --address=...` on the others"
            ) from None
        if before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)  # Ray's own says nothing of what is kept
        return True

    def _options(self) -> dict[str, Any]:
        # Said in full: what Ray guesses from the driver's folder is not wanted on other machines.
        environment = {"OMP_NUM_THREADS": str(self._threads)}
        options = {
            "num_cpus": self._threads,
            "num_gpus": self._gpus,
            "max_retries": self._retries,
            "runtime_env": {"env_vars": environment},
        }
        return options if self._memory is None else {**options, "memory": int(self._memory)}


class _Tasks:
    """The tasks of one run: those that wait here, those that Ray has, and what they tell."""

    def __init__(self, options: dict[str, Any], store: Store, work: Workspace) -> None:
        self._store, self._work = store, work
        self._options = options
        self._task = ray.remote(on_node.run)
        self._box = ray.remote(on_node.MailBox).options(num_cpus=0).remote()
        self._told = ToldProgress(work.progress)
        self._titles: dict[str, str] = {}
        self._looked_for: set[tuple[float, ...]] = set()

    def records(self, jobs: Sequence[Job]) -> Iterator[CaseRecord]:
        """Yield the record of each job; tasks are cancelled when nobody asks on."""
        waiting = deque((job, False) for job in jobs)
        begun: dict[Any, Job] = {}
        self._titles = {job.id: job.title for job in jobs}
        try:
            while waiting or begun:
                while waiting and len(begun) < self._most():
                    job, wait = waiting.popleft()
                    begun[self._begin(job, wait=wait)] = job
                ended, _ = ray.wait(list(begun), num_returns=1, timeout=LISTENS)
                self._listen()
                for reference in ended:
                    job = begun.pop(reference)
                    record = self._conclude(job, reference)
                    if record is None:
                        self._titles[job.id] = job.title
                        waiting.append((job, True))  # behind all others: another run is at it
                    else:
                        yield record
        finally:
            for reference in begun:
                with suppress(Exception):  # it may have ended, as may the cluster
                    ray.cancel(reference, force=True)
            self._told.__exit__()
            self._clean()

    def _most(self) -> int:
        cpus = ray.cluster_resources().get("CPU", 1.0)
        return max(1, int(AHEAD * cpus / self._options["num_cpus"]))

    def _begin(self, job: Job, *, wait: bool) -> Any:
        own = {} if job.threads is None else {"num_cpus": job.threads}
        options = {**self._options, **own}
        self._look_for_machine(options)
        return self._task.options(**options).remote(
            job.as_json(),
            self._store.url,
            self._box,
            wait=wait,
            faces=self._work.discretion.faces,
            secret=self._work.discretion.shared_secret,
        )

    def _look_for_machine(self, options: dict[str, Any]) -> None:
        """Say once where no machine has what a task takes: Ray waits for one, and says nothing."""
        cpus, gpus, memory = options["num_cpus"], options["num_gpus"], options.get("memory", 0)
        if (cpus, gpus, memory) in self._looked_for:
            return
        self._looked_for.add((cpus, gpus, memory))
        has = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        asked = {"CPU": cpus, "GPU": gpus, "memory": memory}
        if not any(all(one.get(what, 0) >= asked[what] for what in asked) for one in has):
            also = f", {gpus:g} GPUs" if gpus else ""
            also += f", {memory / 1e9:g} GB for tasks" if memory else ""
            self._work.progress.note(
                f"no machine of the cluster has {cpus} CPUs{also}: such cases wait for one that has"
            )

    def _listen(self) -> None:
        with suppress(ray.exceptions.RayError):  # nothing rests on it
            for case, message in ray.get(self._box.take.remote(), timeout=LISTENS):
                if case in self._titles:
                    self._told.tell(case, self._titles[case], message)

    def _conclude(self, job: Job, reference: Any) -> CaseRecord | None:
        """Return the record of a task that ended; None where another run is at its case.

        Raises:
            StoreError: the store cannot be written.
        """
        self._told.end(job.id)
        self._titles.pop(job.id, None)  # letters that come late begin nothing
        try:
            said = ray.get(reference)
        except ray.exceptions.RayError as error:
            told = " ".join(str(error).split())[:300]
            why = f"expected its task to go on, got {type(error).__name__}: {told}; try again"
            return keep_lost(job, why, self._store, self._work)
        if "unkept" in said:
            raise StoreError(said["unkept"])
        if not said["done"]:
            return None
        record = self._store.case(job.id, figures_only=True)
        return replace(record, kept=said["kept"])

    def _clean(self) -> None:
        """Remove the temporary folders of all machines; where none has any, nothing is asked."""
        if self._store.local:
            return
        with suppress(Exception):  # a machine may be gone; its folder is for temporary files
            clean = ray.remote(on_node.clean)
            affinity = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
            ray.get(
                [
                    clean.options(
                        num_cpus=0, scheduling_strategy=affinity(node["NodeID"], soft=False)
                    ).remote(self._store.url)
                    for node in ray.nodes()
                    if node["Alive"]
                ],
                timeout=30,
            )
