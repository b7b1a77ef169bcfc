"""Only one process holds a lock, and none holds it once it is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
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


@pytest.mark.parametrize("remove", [False, True])
def test_what_a_fork_still_has_open_holds_nothing(tmp_path: Path, *, remove: bool) -> None:
    lock = tmp_path / "lock"
    got = threading.Event()

    def take() -> None:
        with alone(lock):
            got.set()

    waiting = threading.Thread(target=take)
    with alone(lock, remove=remove):
        held = next(
            int(number.name)
            for number in Path("/proc/self/fd").iterdir()
            if os.path.realpath(number) == str(lock.resolve())
        )
        forked = os.dup(held)  # which is to the kernel what a fork has
        waiting.start()
        assert not got.wait(0.2)
    try:
        assert got.wait(10)
    finally:
        os.close(forked)
        waiting.join()


def test_a_fork_that_leaves_the_block_lets_go_of_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "lock"
    with ExitStack() as stack:
        stack.enter_context(alone(lock, remove=True))
        with monkeypatch.context() as patch:
            patch.setattr("faceaudit.files.lock.os.getpid", lambda: 1)
            stack.close()
        assert lock.exists()


def test_a_link_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"), alone(tmp_path / "lock"):
        pass
    assert not (tmp_path / "elsewhere").exists()
