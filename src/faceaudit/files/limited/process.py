"""The side that asks the process of a model, and says what became of it."""

from __future__ import annotations

import math
import os
import select
import signal
import socket
import subprocess
import threading
import time
import weakref
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from faceaudit.cleaning import clean
from faceaudit.errors import WeightsError
from faceaudit.files.limited import wire
from faceaudit.files.limited.limits import FACTOR, IDLE_SECONDS, Limits
from faceaudit.files.limited.shared import SharedMemory
from faceaudit.files.limited.starting import start

ANSWER = 1 << 30
"""Bytes of an answer's arrays, unless told otherwise."""

_UNITS = ("CPU seconds", "MB")
_SAID = 500  # characters of an error's first line
_TICK = 1.0  # seconds between two looks at a process that does not answer
_ENDED = 10.0  # seconds that an ended process may take to be gone
_SLEEPS = "S"
_CLOSED, _INTERRUPTED = "closed", "ended, as its work was interrupted"
_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Declined(Exception):  # noqa: N818 - reads as what it says
    """What the library raised on the model, in its words; the process goes on."""


class LimitedProcess:
    """A process that does one kind of work for one model, within limits.

    It is started at once and ends with this object, with this process, or when it oversteps its
    limits. Any thread may ask; one request is answered after the other. A fork of this process may
    not: its requests would mix with those of this one.

    Args:
        kind: of the work, the full name of a module as `child` describes it.
        name: of the model's file, for errors.
        what: it holds, for errors.
        threads: that the work runs on.
        devices: whether it may use the machine's devices, such as a GPU; its memory is then not
            limited, nor is it kept from opening files for writing: drivers need both.

    Attributes:
        pid: of the process.
        network: how it is kept off the network: "filtered" by a filter of system calls, "apart" in
            a namespace of its own, or "open" on a system that has neither.
    """

    def __init__(
        self,
        kind: str,
        name: object,
        *,
        what: str = "a model",
        threads: int = 1,
        devices: bool = False,
    ) -> None:
        self._name, self._what = name, what
        self._threads = threads
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._reason: str | None = None
        self._blamed = True
        self._process, self._connection = self._start(kind, "devices" if devices else "none")
        self.pid = self._process.pid
        self._end = weakref.finalize(
            self, _end, self._process, self._connection, self._shared, self._owner
        )
        self.network = ""
        with self._lock:
            self.network = str(self._receive(0, None)[0].get("network"))

    def ask(
        self,
        request: dict[str, Any],
        limits: Limits,
        *,
        parts: Sequence[wire.AnyArray | bytes] = (),
        shared: wire.AnyArray | None = None,
        most: int = ANSWER,
    ) -> tuple[dict[str, Any], list[wire.AnyArray]]:
        """Return the answer to a request: plain values, and arrays.

        Args:
            request: plain values.
            limits: of this request.
            parts: what goes with it, sent.
            shared: an array that goes with it in memory that both sides see; a large one that is
                replaced with each request costs one copy that way.
            most: bytes that the answer's arrays may have.

        Raises:
            Declined: the work raised an error.
            WeightsError: the process has ended, now or before; or this is a fork of the one that
                started it.
        """
        if os.getpid() != self._owner:  # before the lock, which another thread may have had then
            raise WeightsError(
                f"expected {self._name} to be asked by the process that loaded it, got a fork of "
                "that process; load it there as well"
            )
        with self._lock:
            if self._reason is not None:
                raise self._ended()
            try:
                described = None if shared is None else self._shared.write(shared)
                header = {
                    "request": request,
                    "seconds": limits.seconds,
                    "memory": limits.memory,
                    "threads": self._threads,
                    "shared": described,
                    "room": self._shared.room,
                }
                with suppress(OSError):  # it has ended: nothing comes back, which says why
                    wire.send(self._connection.fileno(), header, parts)
                answer, arrays = self._receive(most, limits)
            except WeightsError:
                raise
            except BaseException:  # an interrupt: what comes next would be the answer to this
                self._reason, self._blamed = _INTERRUPTED, False
                self._end()
                raise
        if "error" in answer:
            said = clean(answer["error"], _SAID)
            if answer.get("memory"):
                raise WeightsError(self._message(_too_much(limits)))
            raise Declined(said)
        return answer, arrays

    def _start(self, kind: str, mode: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
        """Return the process and our end of the connection to it."""
        with ExitStack() as undo:
            try:
                self._shared = SharedMemory()
                undo.callback(self._shared.close)
                ours, theirs = socket.socketpair()
                undo.callback(ours.close)
                with theirs:
                    files = theirs.fileno(), self._shared.fileno()
                    process = start(kind, *files, mode)
            except (OSError, RuntimeError) as error:
                raise WeightsError(
                    f"expected to start a process for {self._name}, got {error}; free some memory "
                    "or files, or end other programs"
                ) from None
            undo.pop_all()
        return process, ours

    @property
    def seconds(self) -> float:
        """CPU seconds that the process has used so far; 0 where the system does not tell."""
        return _look_at(self.pid)[1]

    def close(self) -> None:
        """End the process; what asks it later is told so."""
        if os.getpid() != self._owner:
            self._end()
            return
        with self._lock:
            if self._reason is None:
                self._reason, self._blamed = _CLOSED, False
            self._end()

    def _receive(
        self, most: int, limits: Limits | None
    ) -> tuple[dict[str, Any], list[wire.AnyArray]]:
        patience = _Patience(self.pid)

        def fill(into: memoryview) -> None:
            while len(into):
                if not patience.wait(self._connection):
                    raise wire.Garbled
                read = self._connection.recv_into(into)
                if not read:
                    raise wire.Garbled
                into = into[read:]

        try:
            return wire.receive(fill, most)
        except (wire.Garbled, OSError):
            if patience.spent:
                self._reason = f"waited for nothing for {IDLE_SECONDS} seconds"
            self._reason = self._reason or self._find_reason(limits)
            self._end()
            raise self._ended() from None

    def _find_reason(self, limits: Limits | None) -> str:
        try:
            code = self._process.wait(_ENDED)
        except subprocess.TimeoutExpired:
            return "answered with something else"
        if code == -signal.SIGXCPU and limits is not None:
            seconds = max(1, math.ceil(limits.seconds + limits.used))
            return f"killed after {seconds:,} CPU seconds"
        if code < 0:
            self._blamed = -code not in _FROM_OUTSIDE
            return f"ended by signal {_name_signal(-code)}"
        return _too_much(limits) if code == wire.NO_MEMORY else f"ended with status {code}"

    def _ended(self) -> WeightsError:
        return WeightsError(self._message(self._reason or "ended"))

    def _message(self, why: str) -> str:
        if not self.network:  # it saw nothing of the file yet
            return (
                f"expected a process that reads {self._name}, got none ({why}); check that "
                "faceaudit and what it needs are installed, and that there is memory left"
            )
        if not self._blamed:
            return (
                f"expected {self._name} to be at work, got none of it ({why}); free some memory if "
                "nobody ended it, and load it again"
            )
        else_ = f", or where you do, set {FACTOR}=10 in the environment" * why.endswith(_UNITS)
        return (
            f"expected {self._what} that stays within limits, got {self._name} ({why}); do not "
            f"trust this file{else_}"
        )


class _Patience:
    """Waits for a process as long as it works, is stopped, or is kept from working."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._idle = 0.0
        self._before = -1.0
        self.spent = False

    def wait(self, connection: socket.socket) -> bool:
        """Return True when there is something to read, False once nothing can be expected."""
        ready = select.poll()
        ready.register(connection, select.POLLIN)
        while not ready.poll(_TICK * 1000):
            state, used = _look_at(self._pid)
            self._idle = self._idle + _TICK if state == _SLEEPS and used == self._before else 0.0
            self._before = used
            if self._idle >= IDLE_SECONDS:
                self.spent = True
                return False
        return True


def _look_at(pid: int) -> tuple[str, float]:
    """Return the state of a process as the kernel abbreviates it, and its CPU seconds."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
        return stat.rpartition(")")[2].split()[0], time.clock_gettime((~pid << 3) | 2)
    except (OSError, IndexError):
        return "", 0.0


def _end(
    process: subprocess.Popen[bytes], connection: socket.socket, shared: SharedMemory, owner: int
) -> None:
    """End a process; not where this is a fork of the one that started it."""
    connection.close()
    shared.close()
    if os.getpid() == owner:
        process.kill()
        process.wait()


def _too_much(limits: Limits | None) -> str:
    most = "" if limits is None else f": more than {limits.memory >> 20:,} MB"
    return f"out of memory{most}"


def _name_signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
