"""Processes with limits: what ends them, what they cannot do, and who ends with whom."""

from __future__ import annotations

import gc
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceaudit.errors import OptionError, WeightsError
from faceaudit.files.limited import process as side
from faceaudit.files.limited import starting
from faceaudit.files.limited.limits import FACTOR, Limits
from faceaudit.files.limited.process import Declined, LimitedProcess
from files.limited.works import FORBIDDEN

TESTS = Path(__file__).parents[2]
WORK = "files.limited.works"
AMPLE = Limits(60, 256 << 20)
LINUX = pytest.mark.skipif(
    platform.machine() != "x86_64" or not hasattr(os, "memfd_create"),
    reason="calls by number are those of Linux on x86-64",
)


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Starts processes of this file's works, and ends them."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    started = []

    def one(**options: Any) -> LimitedProcess:
        started.append(LimitedProcess(WORK, "model.bin", **options))
        return started[-1]

    yield one
    for process in started:
        process.close()


def ask(process: LimitedProcess, do: str, *values: Any, limits: Limits = AMPLE) -> Any:
    return process.ask({"do": do, "with": list(values)}, limits)[0]["said"]


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def count_files() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def wait_until(what: Any) -> bool:
    for _ in range(600):
        if what():
            return True
        time.sleep(0.05)
    return False


def test_arrays_come_back_as_they_went(start: Any) -> None:
    process = start()
    rng = np.random.default_rng(0)
    for shape in ((3, 4), (0, 5), (200, 300, 3), (2, 2), ()):
        for dtype in (np.float32, np.float16, np.uint8, np.int64):
            array = np.asarray(rng.integers(0, 9, shape), dtype)
            _, (sent,) = process.ask({"do": "echo"}, AMPLE, parts=[array])
            _, (seen,) = process.ask({"do": "echo"}, AMPLE, shared=array.T)
            np.testing.assert_array_equal(sent, array, strict=True)
            np.testing.assert_array_equal(seen, array.T, strict=True)


@pytest.mark.parametrize(
    ("do", "limits", "why"),
    [
        ("spin", Limits(1, 1 << 28), "killed after 1 CPU seconds"),
        ("spin", Limits(9, 1 << 28).less(8.5), "killed after 9 CPU seconds"),
        ("fill", Limits(60, 1 << 27), "out of memory: more than 128 MB"),
        ("crash", AMPLE, "ended by signal SIGFPE"),
        ("leave", AMPLE, "ended with status 3"),
        ("talk_nonsense", AMPLE, "answered with something else"),
        ("claim_much", AMPLE, "answered with something else"),
    ],
)
def test_what_ends_it_is_said(
    start: Any, monkeypatch: pytest.MonkeyPatch, do: str, limits: Limits, why: str
) -> None:
    if do in ("talk_nonsense", "claim_much"):  # these go on, and are waited for to the end
        monkeypatch.setattr(side, "_ENDED", 0.2)
    process = start()
    with pytest.raises(WeightsError) as raised:
        ask(process, do, limits=limits)
    assert str(raised.value).startswith(
        f"expected a model that stays within limits, got model.bin ({why}); do not trust this file"
    )
    assert (f"set {FACTOR}=10" in str(raised.value)) == (do in ("spin", "fill"))
    if do != "fill":  # which it survived, and may try with less
        with pytest.raises(WeightsError, match="stays within limits"):
            ask(process, "echo")
        assert not is_running(process.pid)


def test_one_that_cannot_start_blames_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WeightsError, match=r"expected a process that reads model\.bin, got none"):
        LimitedProcess("faceaudit.files.limited.gone", "model.bin")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(WeightsError, match=r"expected to start a process for model\.bin, got "):
        LimitedProcess(WORK, "model.bin")


def test_each_request_has_its_own_seconds(start: Any) -> None:
    process = start()
    for _ in range(3):
        ask(process, "spin_for", 0.6, limits=Limits(1, 1 << 28))
    assert process.seconds > 1.8


def test_addresses_are_limited_as_memory_is(start: Any) -> None:
    process = start()
    assert ask(process, "reserve", 1 << 27, limits=Limits(60, 1 << 28)) == 1 << 27
    with pytest.raises(WeightsError, match="out of memory"):
        ask(process, "reserve", 1 << 29, limits=Limits(60, 1 << 28))


def test_a_machine_that_was_stopped_refuses_nothing(start: Any) -> None:
    process = start()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, process, "spin_for", 0.3, limits=Limits(1, 1 << 28))
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(2.5)
        assert not answer.done()
        os.kill(process.pid, signal.SIGCONT)
        assert answer.result() is None


def test_one_that_waits_for_nothing_is_ended(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side, "_TICK", 0.05)
    monkeypatch.setattr(side, "IDLE_SECONDS", 0.5)
    process = start()
    with pytest.raises(WeightsError, match=r"waited for nothing for 0\.5 seconds"):
        ask(process, "sleep", 3600)
    assert not is_running(process.pid)


def test_an_error_is_declined_and_cleaned(start: Any) -> None:
    process = start()
    with pytest.raises(Declined) as raised:
        ask(process, "fail", "a\x1b[31m\ud800" + "x" * 10_000 + "\nmore")
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) <= 500
    assert ask(process, "echo") == 0, "it goes on"


@LINUX
@pytest.mark.parametrize("what", FORBIDDEN)
def test_what_it_cannot_do(start: Any, tmp_path: Path, what: str) -> None:
    file = tmp_path / "file"
    file.write_text("kept")
    with socket.create_server(("127.0.0.1", 0)) as server:
        values: dict[str, Any] = {"connect": server.getsockname()[1]}
        if what in ("signal", "signal a thread", "trace", "read the memory of") or "limits" in what:
            values[what] = os.getpid()
        with_path = ("write", "append", "write otherwise", "remove", "rename", "make folder")
        if what in (*with_path, "link", "change mode"):
            values[what] = str(file)
        process = start()
        assert process.network == "filtered"
        said = ask(process, "attempt", what, *([values[what]] if what in values else []))
    assert said in ("PermissionError", "OSError"), "refused, not tried in vain"
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_text() == "kept"


@LINUX
def test_what_is_shared_cannot_be_taken_away(start: Any) -> None:
    process = start()
    process.ask({"do": "echo"}, AMPLE, shared=np.zeros(1 << 20))
    assert ask(process, "shrink") == "kept"
    process.ask({"do": "echo"}, AMPLE, shared=np.ones(1 << 20))


def test_it_ends_with_the_object(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    process = LimitedProcess(WORK, "model.bin")
    pid = process.pid
    assert is_running(pid)
    del process
    gc.collect()
    assert not is_running(pid)


def test_it_outlives_the_thread_that_wanted_it(start: Any) -> None:
    found: list[LimitedProcess] = []
    thread = threading.Thread(target=lambda: found.append(start()))
    thread.start()
    thread.join()
    assert ask(found[0], "echo") == 0


def test_threads_take_turns(start: Any) -> None:
    process = start()

    def total(number: int) -> float:
        array = np.full((50, 1000), number, np.float32)
        said: float = process.ask({"do": "echo"}, AMPLE, shared=array)[0]["said"]
        return said

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(total, range(40))) == [50_000 * n for n in range(40)]


def test_an_interrupt_ends_it(start: Any) -> None:
    process = start()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            ask(process, "sleep", 3600)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert not is_running(process.pid)
    with pytest.raises(WeightsError, match=r"ended, as its work was interrupted.*load it again$"):
        ask(process, "echo")


def test_who_ends_it_from_outside_blames_no_file(start: Any) -> None:
    process = start()
    os.kill(process.pid, signal.SIGKILL)
    for _ in range(2):
        with pytest.raises(WeightsError) as raised:
            ask(process, "echo")
        assert str(raised.value) == (
            "expected model.bin to be at work, got none of it (ended by signal SIGKILL); free some "
            "memory if nobody ended it, and load it again"
        )


@pytest.mark.parametrize("busy", [False, True])
def test_a_fork_is_refused_and_mixes_nothing(start: Any, busy: bool) -> None:
    process = start()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, process, "sleep", 1.5 if busy else 0)
        time.sleep(0.3)
        fork = os.fork()
        if fork == 0:
            status = 1
            try:
                ask(process, "echo")
            except WeightsError as error:
                status = 7 if "got a fork of that process" in str(error) else 2
            process.close()  # which ends nothing, and waits for nobody
            own = LimitedProcess(WORK, "model.bin")
            status += ask(own, "echo") != 0
            own.close()
            os._exit(status)
        ended: list[int] = []

        def is_over() -> bool:
            pid, code = os.waitpid(fork, os.WNOHANG)
            ended.append(code)
            return pid == fork

        try:
            assert wait_until(is_over), "it waits for a lock that nobody gives back"
        except AssertionError:
            os.kill(fork, signal.SIGKILL)
            raise
        assert os.waitstatus_to_exitcode(ended[-1]) == 7
        assert answer.result() is None
    assert ask(process, "echo") == 0


def test_processes_started_at_once_stay(monkeypatch: pytest.MonkeyPatch, start: Any) -> None:
    made: list[ThreadPoolExecutor] = []

    class Slow(ThreadPoolExecutor):
        def __init__(self, *values: Any) -> None:
            time.sleep(0.05)
            super().__init__(*values)
            made.append(self)

    monkeypatch.setattr(starting, "ThreadPoolExecutor", Slow)
    monkeypatch.setattr(starting, "_starter", starting._Starter())
    with ThreadPoolExecutor(4) as pool:
        processes = list(pool.map(lambda _: start(), range(4)))
    assert len(made) == 1, "another one would go, and end what it started"
    assert [ask(process, "echo") for process in processes] == [0] * 4


def test_it_needs_few_files_and_leaves_none(start: Any) -> None:
    start().close()
    before = count_files()
    for _ in range(3):
        process = start()
        process.ask({"do": "echo"}, AMPLE, shared=np.ones(9))
        process.close()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        for more in range(8):
            resource.setrlimit(resource.RLIMIT_NOFILE, (before + more - 1, hard))
            with suppress(WeightsError):
                start().close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert count_files() == before


def test_large_stacks_of_threads_are_no_memory_of_the_model() -> None:
    program = f"""
from faceaudit.files.limited.limits import Limits
from faceaudit.files.limited.process import LimitedProcess
process = LimitedProcess({WORK!r}, "model.bin", threads=16)
print(process.ask({{"do": "start_threads", "with": [16]}}, Limits(60, 512 << 20))[0]["said"])
"""
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = f"ulimit -S -s 262144 && exec {sys.executable} -"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        input=program,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == "16\n", done.stderr


PARENT = f"""
import sys, threading
from faceaudit.files.limited.limits import Limits
from faceaudit.files.limited.process import LimitedProcess
process = LimitedProcess({WORK!r}, "model.bin")
print(process.pid, flush=True)
if sys.argv[1] == "busy":
    process.ask({{"do": "spin"}}, Limits(600, 1 << 28))
elif sys.argv[1] == "wait":
    threading.Event().wait()
"""


@pytest.mark.parametrize("how", ["busy", "wait", "end"])
def test_it_ends_with_its_parent(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    command = [sys.executable, "-c", PARENT, how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        if how != "end":
            assert is_running(pid)
            parent.kill()
        assert parent.wait() == (0 if how == "end" else -signal.SIGKILL)
        assert wait_until(lambda: not is_running(pid))


def test_the_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Limits.to_run(10**6, 16, 112 * 112)
    monkeypatch.setenv(FACTOR, "10")
    ten = Limits.to_run(10**6, 16, 112 * 112)
    assert ten.seconds == pytest.approx(10 * one.seconds)
    assert ten.memory == 10 * one.memory
    for wrong in ("0", "-1", "nan", "much"):
        monkeypatch.setenv(FACTOR, wrong)
        with pytest.raises(OptionError, match=f"expected {FACTOR} to be a number above 0"):
            Limits.to_read(1)


def test_limits_grow_with_what_is_asked() -> None:
    small = Limits.to_run(10**6, 1, 100 * 100)
    for other in (
        Limits.to_run(10**8, 1, 100 * 100),
        Limits.to_run(10**6, 16, 100 * 100),
        Limits.to_run(10**6, 1, 300 * 300),
    ):
        assert other.seconds > small.seconds
        assert other.memory > small.memory
    assert Limits.to_read(10**8).memory > Limits.to_read(10**6).memory
