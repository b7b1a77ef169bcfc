"""Only one process holds a lock, and none holds it once it is killed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from faceaudit.files.lock import alone

HOLD = """
import sys, time
from pathlib import Path
from faceaudit.files.lock import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_thread_after_the_other(tmp_path: Path) -> None:
    inside, most = [0], []

    def work() -> None:
        with alone(tmp_path / "lock"):
            inside[0] += 1
            most.append(inside[0])
            time.sleep(0.01)
            inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        got = threading.Event()

        def take() -> None:
            with alone(lock):
                got.set()

        waiting = threading.Thread(target=take)
        waiting.start()
        assert not got.wait(0.2)
        holder.kill()
        assert got.wait(10)
        waiting.join()


def test_a_failure_lets_go(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside"), alone(tmp_path / "lock"):
        raise ValueError("inside")
    with alone(tmp_path / "lock"):
        pass
