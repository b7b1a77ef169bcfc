"""A process that ends before its job does is found out, and ends nothing else."""

from __future__ import annotations

import io
import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.runners.worker_process import WorkerProcess
from faceaudit.progress import silent
from faceaudit.store import Store

JOB = Job("backdoor", "abc", "deepid pristine", {}, 0, {}, {})


def test_one_that_died_before_it_was_given_a_job_is_told_and_ended(tmp_path: Path) -> None:
    process = WorkerProcess(1, Store(tmp_path / "store"), Workspace(tmp_path / "work"))
    os.kill(process.pid, signal.SIGKILL)
    while not process.ended:
        time.sleep(0.005)
    assert process.run(JOB, silent, wait=False) is None
    assert process.end() == -signal.SIGKILL
    assert process.end() == -signal.SIGKILL
    assert process.memory == 0


def test_a_message_that_was_cut_short_is_none() -> None:
    process = object.__new__(WorkerProcess)
    said = io.StringIO('{"task": 0, "title": "train", "total": 3}\n{"done": tr')
    process._process = SimpleNamespace(stdin=io.StringIO(), stdout=said)  # type: ignore[assignment]
    assert process.run(JOB, silent, wait=False) is None
