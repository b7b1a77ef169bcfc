"""Stays with a piece of work until it ends: keeps its last lines and how it ended, and stops it.

`python -m faceaudit.app.keeper FOLDER LOCK READY -- COMMAND...`, by `faceaudit.app.work` alone.
It is a process of its own, so that a piece of work outlives the app that started it and is never
left without somebody who waits for it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from faceaudit.files.atomic import write_atomically

PROCESS = "process.json"
"""Says which processes are at work: `keeper`, `born`, when that began, and `process`."""
ENDED = "ended.json"
"""Says how the work ended: `status` as the shell has it, negative for a signal."""
LOG = "log.txt"
MOST = 128 * 1024
"""Bytes of a log at most; of a longer one the first half is dropped."""
PATIENCE = 20.0
"""Seconds after which a process that was asked to end is asked with more weight."""
NICE = 5
"""The app's pages come first where cores are few."""


def main() -> None:
    """Run the command to its end, or to the end of the patience with it."""
    folder, lock, ready = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    command = sys.argv[sys.argv.index("--") + 1 :]
    os.umask(0o077)
    asked = threading.Event()
    # Handlers, not SIG_IGN: a command would inherit that, and could no longer be asked to end.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: asked.set())
    os.nice(NICE)
    worker = subprocess.Popen(  # noqa: S603 - the app's own words
        [sys.executable, "-P", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(lock,),  # held until the last of both is gone, however they end
        process_group=0,
    )
    numbers = {"keeper": os.getpid(), "born": born(os.getpid()), "process": worker.pid}
    write_atomically(folder / PROCESS, json.dumps(numbers))
    os.write(ready, b"1")
    os.close(ready)
    reader = threading.Thread(target=_keep_last_lines, args=(worker, folder / LOG), daemon=True)
    reader.start()
    status = _wait(worker, asked)
    send(worker.pid, signal.SIGKILL)  # children that it left behind
    reader.join(timeout=5)
    write_atomically(folder / ENDED, json.dumps({"status": status}))


def born(process: int) -> str | None:
    """Return when a process began, in ticks of this machine's clock; None where it is not there.

    A number alone may be given to another process once its own is gone.
    """
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]


def send(group: int, number: signal.Signals) -> None:
    """Send a signal to all processes of a group; there may be none any more."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _wait(worker: subprocess.Popen[bytes], asked: threading.Event) -> int:
    """Return the status it ends with; once asked, it is told so with more and more weight."""
    while not asked.is_set():
        with suppress(subprocess.TimeoutExpired):
            return worker.wait(timeout=0.2)
    for number in (signal.SIGINT, signal.SIGTERM):
        send(worker.pid, number)
        until = time.monotonic() + PATIENCE
        while (left := until - time.monotonic()) > 0:
            with suppress(subprocess.TimeoutExpired):
                return worker.wait(timeout=left)
    send(worker.pid, signal.SIGKILL)
    return worker.wait()


def _keep_last_lines(worker: subprocess.Popen[bytes], log: Path) -> None:
    """Write what it prints to a file that never grows beyond its limit."""
    assert worker.stdout is not None
    kept = b""
    with log.open("wb", buffering=0) as file:
        while read := os.read(worker.stdout.fileno(), 8192):
            kept += read
            with suppress(OSError):  # a full disk stops no work
                if len(kept) > MOST:
                    kept = kept[-MOST // 2 :]
                    file.seek(0)
                    file.truncate()
                    read = kept
                file.write(read)


if __name__ == "__main__":
    main()
