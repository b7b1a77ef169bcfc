"""Processes of their own that begin at once: they are forked from one that has loaded everything.

A process that loads PyTorch and all components takes seconds for it, whatever it does then; one
that is forked takes a tenth of one. All else is as in a process that begins with its command: its
own streams, folder, environment, signals and exit status.

    >>> done = warm().run("print('hello')")
    >>> done.returncode, done.stdout
    (0, 'hello\\n')

What is said of loading itself (what is loaded for a command, and when) cannot be tested so. ONNX
Runtime is not loaded before: it has threads of its own, which a forked process would wait for.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

FACEAUDIT = "from faceaudit.entry import main; main()"
"""The code of `python -m faceaudit`."""
EVERYTHING = (
    *("cv2", "PIL.Image", "rich.progress", "safetensors.torch"),
    *("scipy.stats", "sklearn.linear_model", "sklearn.metrics", "streamlit.web.bootstrap"),
    *("torch", "faceaudit.api.audits", "faceaudit.app.launch", "faceaudit.audit.kinds"),
    *("faceaudit.cli", "faceaudit.report.page"),
)
COMPONENTS = "from faceaudit.audit.families import components; components()"
SERVER = (
    "import json, sys; given = sys.argv[1:]; sys.path.insert(0, given[0]); import warm_server; "
    "del sys.path[0]; warm_server.serve(int(given[1]), json.loads(given[2]), given[3])"
)


class Forked:
    """A process that was forked for a command; used as `subprocess.Popen` is."""

    def __init__(self, channel: socket.socket, arguments: list[str]) -> None:
        self.args = arguments
        self.returncode: int | None = None
        self._channel = channel
        self._said = b""
        while b"\n" not in self._said:
            self._said += channel.recv(64)
        self.pid = int(self._said.partition(b"\n")[0])

    def poll(self) -> int | None:
        """Return its exit status, below 0 for the signal that ended it, or None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and return its exit status.

        Raises:
            subprocess.TimeoutExpired: it runs still.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            left = None if end is None else max(0.0, end - time.monotonic())
            if not select.select([self._channel], [], [], left)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
            more = self._channel.recv(64)
            assert more, "whoever waited for the process is gone"
            self._said += more
            if self._said.count(b"\n") == 2:
                self.returncode = int(self._said.split(b"\n")[1])
                self._channel.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it by force."""
        self.send_signal(signal.SIGKILL)


class Warm:
    """A process that has loaded modules and run a prologue, and forks for each command."""

    def __init__(self, modules: Sequence[str], prologue: str = "") -> None:
        self._channel, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        folder = str(Path(__file__).parent)
        command = [sys.executable, "-c", SERVER, folder, str(there.fileno())]
        self._process = subprocess.Popen(
            [*command, json.dumps(list(modules)), prologue],
            pass_fds=[there.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        there.close()
        self._wait()

    def begin(
        self,
        code: str,
        *words: object,
        stdout: int,
        stderr: int,
        cwd: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> Forked:
        """Begin what `python -c CODE WORDS` is, with nothing to read.

        Args:
            code: to run.
            words: what follows it in `sys.argv`.
            stdout: a descriptor, which may be closed afterwards.
            stderr: likewise.
            cwd: the folder; that of this process by default.
            environment: instead of that of this process.
        """
        arguments = list(map(str, words))
        order = {
            "code": code,
            "words": arguments,
            "folder": str(cwd or Path.cwd()),
            "environment": dict(os.environ if environment is None else environment),
        }
        here, there = socket.socketpair()
        nothing = os.open(os.devnull, os.O_RDONLY)
        given = [nothing, stdout, stderr, there.fileno()]
        socket.send_fds(self._channel, [json.dumps(order).encode()], given)
        self._wait()
        os.close(nothing)
        there.close()
        return Forked(here, arguments)

    def run(
        self,
        code: str,
        *words: object,
        stdout: int | None = None,
        stderr: int | None = None,
        cwd: Path | None = None,
        environment: dict[str, str] | None = None,
        timeout: float = 300.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run what `python -c CODE WORDS` is to its end; what goes nowhere else is returned."""
        files = [os.memfd_create(name) for name in ("stdout", "stderr")]
        try:
            out, err = (
                own if one is None else one
                for own, one in zip(files, (stdout, stderr), strict=True)
            )
            process = self.begin(
                code, *words, stdout=out, stderr=err, cwd=cwd, environment=environment
            )
            try:
                status = process.wait(timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
            said = [os.pread(one, os.fstat(one).st_size, 0).decode() for one in files]
        finally:
            for one in files:
                os.close(one)
        return subprocess.CompletedProcess(process.args, status, *said)

    def close(self) -> None:
        """End it; what it forked is left to itself."""
        self._channel.close()
        self._process.wait()

    def _wait(self) -> None:
        assert self._channel.recv(1) == b"!", "the process that forks is gone"


@cache
def warm() -> Warm:
    """Return the process that has loaded everything, one for all tests of this process."""
    process = Warm(EVERYTHING, COMPONENTS)
    atexit.register(process.close)
    return process


def faceaudit(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command of `faceaudit` in a process of its own, as a user would."""
    return warm().run(FACEAUDIT, *words, **options)  # type: ignore[arg-type]
