"""A process that runs jobs, for `faceaudit.audit.runners.processes`.

It reads one JSON value a line: where store and workspace are, then jobs. It writes one a line, too:
what it is at, and what became of each job. It ends when nothing more can come.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from faceaudit.allocator import keep_freed_memory
from faceaudit.audit.common.discretion import Discretion
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.runners.base import run_job, wait_for
from faceaudit.audit.runners.logs import output_logged
from faceaudit.audit.runners.told import SentProgress
from faceaudit.errors import StoreError
from faceaudit.store import Store


def main() -> None:
    """Run jobs until standard input ends, which it does when the starting process ends, too."""
    keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the starting process is told, and ends this one
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer

    def send(message: dict[str, Any]) -> None:
        answers.write(f"{json.dumps(message)}\n")

    lines: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_read_lines, args=(lines,), daemon=True).start()
    where = lines.get()
    store = Store(where["store"])
    discretion = Discretion(faces=where["faces"])
    work = Workspace(Path(where["root"]), SentProgress(send), discretion=discretion)
    while True:
        message = lines.get()
        job = Job(**message["job"])
        run = wait_for if message["wait"] else partial(run_job, wait=False)
        try:
            with output_logged(job, work):
                record = run(job, store, work)
        except StoreError as error:
            send({"unkept": str(error)})
        else:
            send({"done": record is not None, "kept": record is not None and record.kept})


def _read_lines(lines: SimpleQueue[Any]) -> None:
    for line in sys.stdin:
        lines.put(json.loads(line))
    os._exit(0)  # in the middle of a training, too: it goes on from its checkpoint


if __name__ == "__main__":
    main()
