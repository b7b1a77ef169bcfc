"""A process of this machine that runs jobs, as the process that started it sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from typing import Any

import psutil

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.runners.told import ToldProgress
from faceaudit.progress import Progress
from faceaudit.store import Store


class WorkerProcess:
    """A process of `faceaudit.audit.runners.worker`, from its start to its end.

    Args:
        threads: how many CPU threads its libraries use.
        store: where it keeps what it finds.
        work: its local folders.
    """

    def __init__(self, threads: int, store: Store, work: Workspace) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "faceaudit.audit.runners.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, "OMP_NUM_THREADS": str(threads)},
        )
        where = {"store": store.url, "root": str(work.root)}
        self._write({**where, "faces": work.discretion.faces})

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether it is no more."""
        return self._process.poll() is not None

    @property
    def memory(self) -> int:
        """Bytes that are its own, with those of processes that it started; 0 when it is no more."""
        with suppress(psutil.Error):
            this = psutil.Process(self._process.pid)
            return sum(_own_bytes(one) for one in (this, *this.children(recursive=True)))
        return 0

    def run(self, job: Job, progress: Progress, *, wait: bool) -> dict[str, Any] | None:
        """Let it run a job, show what it is at, and return what it says of it in the end.

        Args:
            job: the job.
            progress: told of what it is at.
            wait: for another run that is at the same case.

        Returns:
            `done` and `kept`, or `unkept` with the reason; None when it ended before.
        """
        self._write({"job": job.as_json(), "wait": wait})
        assert self._process.stdout is not None
        with ToldProgress(progress) as told:
            for line in self._process.stdout:
                if not line.endswith("\n"):
                    break  # cut short by its end
                message: dict[str, Any] = json.loads(line)
                if "done" in message or "unkept" in message:
                    return message
                told.tell(job.id, job.title, message)
        return None

    def kill(self) -> None:
        """End it, whatever it is at; whoever listens to it is told."""
        self._process.kill()

    def end(self) -> int:
        """End it, when nobody listens to it any more; return its exit status."""
        self._process.kill()
        with suppress(BrokenPipeError), self._process:  # what it was not given is still to flush
            pass  # its pipes are closed, and it is waited for
        return self._process.returncode

    def _write(self, message: Any) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # its end is found where it is listened to
            self._process.stdin.write(f"{json.dumps(message)}\n")


def _own_bytes(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        found = process.memory_info()
        return int(found.rss - getattr(found, "shared", 0))
    return 0
